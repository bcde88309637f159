/**
 * The styles against the themes of the harness: a variable that no theme knows is a misspelt one, and a variable that
 * some theme leaves undefined needs a fallback.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import themes from '../../dev/themes.json' with { type: 'json' };

const sheets = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.css'))
  .map((name) => ({ name, text: readFileSync(join(import.meta.dirname, name), 'utf8') }));
const known = Object.values(themes).map(({ variables }) => new Set(Object.keys(variables)));

it('uses only variables that themes define, with a fallback where one does not', () => {
  const wrong: string[] = [];
  for (const { name, text } of sheets) {
    for (const [, variable = '', next] of text.matchAll(/var\((--vscode-[\w-]+)\s*([,)])/g)) {
      const definedBy = known.filter((variables) => variables.has(variable)).length;
      if (definedBy === 0) wrong.push(`${name}: ${variable} is in no theme`);
      else if (definedBy < known.length && next === ')' && !isHighContrastOnly(variable)) {
        wrong.push(`${name}: ${variable} needs a fallback`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

it('loads nothing from elsewhere', () => {
  for (const { name, text } of sheets) {
    expect(text.match(/url\(|https?:/g), name).toBeNull();
    for (const [, imported] of text.matchAll(/@import '([^']+)'/g)) expect(imported).toMatch(/^\.\//);
  }
});

/** Used inside `.vscode-high-contrast` only, where it is always there. */
function isHighContrastOnly(variable: string): boolean {
  return variable === '--vscode-contrastBorder';
}
