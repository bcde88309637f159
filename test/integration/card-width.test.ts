/** The decision card in a narrow terminal: lines break between words, and figures stay below their headings. */
import { describe, expect, it } from 'vitest';
import { decisionCard } from '../../daemon/src/cli/card.ts';
import { fitTable, formatTable, wrapLines } from '../../daemon/src/cli/format.ts';
import { decision, dropped, qwen, sonnet } from '../../webview/dev/samples.ts';

const card = (columns: number): string[] =>
  decisionCard(decision('t', { candidates: [sonnet, qwen, dropped[0]!] }), { whole: false, columns }).split(
    '\n',
  );

describe('the card', () => {
  it('keeps its lines whole where nobody said how wide they may be', () => {
    const table = card(Infinity).filter((line) => /^ {2}\S+\/\S+ {2,}0\.\d/.test(line));
    expect(table).toHaveLength(2);
  });

  it.each([50, 60, 80])('fits into %i columns, each route above its own figures', (columns) => {
    const lines = card(columns);
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
    const head = lines.findIndex((line) => /^ {4}score +cap +perf +res +hist$/.test(line));
    expect(lines[head + 1]).toBe(`  ${sonnet.route}`);
    const column = lines[head]?.indexOf('cap') ?? 0;
    expect(lines[head + 2]?.slice(column)).toMatch(/^0\.\d\d /);
    expect(lines[head + 3]).toMatch(/outcomes/);
    const rejected = lines.indexOf(`  ${dropped[0]!.route}`);
    expect(lines[rejected + 1]).toContain('access.keyMissing');
  });
});

describe('wrapLines', () => {
  it.each([
    ['short', 10, 'short'],
    ['one two three', 8, 'one two\n  three'],
    ['    one two three four', 12, '    one two\n      three\n      four'],
    ['a word/without/any/place/to/break', 10, 'a\n  word/without/any/place/to/break'],
    ['x\ny', Infinity, 'x\ny'],
  ])('%j in %d columns', (text, columns, expected) => expect(wrapLines(text, columns)).toBe(expected));
});

describe('fitTable', () => {
  const rows = [
    ['local/qwen2.5-coder-7b-instruct-q4_K_M', 'healthy', '', '98 % of 412', 'first token 410 ms'],
    ['local/qwen2.5-coder-14b-instruct-q4_K_M', 'not tried yet', '', 'no calls', ''],
  ];

  it('is a table where it fits', () => expect(fitTable(rows, 120)).toBe(formatTable(rows)));

  it.each([60, 80])('keeps names whole in %i columns, with the rest below', (columns) => {
    const lines = fitTable(rows, columns).split('\n');
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
    expect(lines).toContain(`  ${rows[1]?.[0] ?? ''}`);
    expect(lines).toContain('    not tried yet, no calls');
  });

  it('says what figures are where their headings have no room', () => {
    const head = ['task', 'all is well', 'provider down'];
    const told = fitTable([['fix', 'local/a', 'nowhere']], 20, { head });
    expect(told).toBe('  fix\n    all is well:\n      local/a,\n      provider down:\n      nowhere');
  });
});
