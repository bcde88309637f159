/** Words that people read: none of the specification's own, and no code of the wire in place of a word. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCatalog } from '@task-router/protocol';
import * as contract from '@task-router/protocol/words';
import { describe, expect, it } from 'vitest';
import * as panel from '../../webview/src/words.ts';

/** Words of our own papers, which a developer who has not read them would have to look up. */
const jargon =
  /\b(gates?|posterior|propensity|eject(ed|ion)?|hysteresis|softmax|wilson|lease[ds]?|epoch|shadow price|breaker|settled|p\d\d)\b/i;

const root = join(import.meta.dirname, '..', '..');

/** Every text below a value of a module. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

const nls: unknown = JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8'));

describe('words for people', () => {
  it.each([
    ['the contract’s', texts({ ...contract })],
    ['the panel’s', texts({ ...panel })],
    ['the manifest’s', texts(nls)],
    ['those of errors', texts(errorCatalog)],
  ])('%s hold nothing that only our papers explain', (_, shown) => {
    expect(shown.length).toBeGreaterThan(10);
    expect(shown.filter((text) => jargon.test(text))).toEqual([]);
  });

  it('are words, not codes', () => {
    expect(texts({ ...contract }).filter((text) => /[a-z][A-Z]/.test(text))).toEqual([]);
  });
});
