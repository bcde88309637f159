import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanCode } from './code-scan.ts';
import { judgeCodeSeam } from './code-seam.ts';

/** Code of this project, as it is: comments, patterns, templates and all. */
const folder = join(import.meta.dirname, '..', '..', 'engine', 'integration');
const sources = [folder, join(folder, 'moves'), import.meta.dirname]
  .flatMap((path) => readdirSync(path).map((name) => join(path, name)))
  .filter((path) => path.endsWith('.ts'))
  .map((path) => readFileSync(path, 'utf8'));

const python = `def total(items, *, rate=0.19):
    """Sum of prices (with tax), as it's shown."""
    net = sum(item["price"] * item.get('count', 1) for item in items)  # (no discount :-)
    if net > 100:
        return {"net": net, "gross": round(net * (1 + rate), 2)}
    return {"net": net, "gross": net}
`;
const rust = `fn longest<'a>(a: &'a str, b: &'a str) -> &'a str {
    let open = '{';
    match a.len() > b.len() { true => a, false => { println!("shorter ({})", open); b } }
}
`;
const go =
  'func main() {\n  q := `select (`\n  for _, r := range []rune("a}b") {\n    fmt.Println(q, r == \'{\')\n  }\n}\n';
const samples: readonly (readonly [language: string, code: string])[] = [
  ...sources.map((code) => ['ts', code] as const),
  ['py', python],
  ['rust', rust],
  ['go', go],
  ['json', JSON.stringify({ a: [1, { b: 'it’s "quoted" (so)' }], c: "don't" }, null, 2)],
  ['tsx', 'const a = <p className="x">Don\'t {list.map((each) => <b>{`${each} (${n})`}</b>)}</p>;\n'],
];
const sample = fc.constantFrom(...samples);
const fence = '```';

/** An answer with a block of code, cut inside the code. */
function cut([language, code]: readonly [string, string], share: number) {
  const head = `Here it is:\n\n${fence}${language}\n`;
  const answer = `${head}${code}${code.endsWith('\n') ? '' : '\n'}${fence}\n\nThat is all.\n`;
  const at = head.length + Math.min(code.length - 1, Math.max(1, Math.floor(code.length * share)));
  return { partial: answer.slice(0, at), rest: answer.slice(at), written: answer.slice(head.length, at) };
}

describe('scanCode', () => {
  it.each(samples)('finds real %s in order', (language, code) => {
    expect(scanCode(code, language)).toEqual({ mismatchAt: null, open: [], unclosedQuoteAt: null });
  });

  it('says what is open and what is closed too much', () => {
    expect(scanCode('f(a, [b, {', 'ts')?.open).toEqual(['(', '[', '{']);
    expect(scanCode('f(a])', 'ts')?.mismatchAt).toBe(3);
    expect(scanCode('const a = `x ${f(', 'ts')?.open).toEqual(['`', '${', '(']);
    expect(scanCode('const a = "x(', 'ts')?.unclosedQuoteAt).toBe(10);
    expect(scanCode('case x) ;;', 'bash')).toBeNull();
  });

  it('reads anything', () => {
    const signs = fc.string({ unit: fc.constantFrom(...'(){}[]\'"`/\\$#*\n a'.split('')), maxLength: 200 });
    fc.assert(
      fc.property(signs, fc.constantFrom('ts', 'tsx', 'py', 'rust', 'php', 'go'), (code, language) => {
        expect(scanCode(code, language)).not.toBeNull();
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a seam inside code', () => {
  it('that goes on where it broke off is accepted, wherever that is', () => {
    let [accepted, all] = [0, 0];
    for (const each of samples) {
      for (let share = 0; share < 1; share += 0.02) {
        const { partial, rest } = cut(each, share);
        all += 1;
        if (judgeCodeSeam(partial, rest, true) === 'joins') accepted += 1;
      }
    }
    expect(all).toBeGreaterThan(800);
    expect(accepted / all).toBeGreaterThanOrEqual(0.99);
  });

  it('is judged the same however the text arrives', () => {
    fc.assert(
      fc.property(sample, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(80), (each, share, step) => {
        const { partial, rest } = cut(each, share);
        for (let end = 1; end < rest.length; end += step + 1) {
          const verdict = judgeCodeSeam(partial, rest.slice(0, end), false);
          expect(verdict).not.toBe('breaks');
          if (verdict === 'joins') return;
        }
        expect(judgeCodeSeam(partial, rest, true)).toBe('joins');
      }),
      { numRuns: 150 },
    );
  });

  it('is not judged by half a pattern', () => {
    const filler = 'const words = one + two;\n'.repeat(24);
    const line = String.raw`const brackets = /\)\]\}/y;`;
    for (let length = 1; length <= line.length; length += 1) {
      const rest = filler + line.slice(0, length);
      expect(judgeCodeSeam(`${fence}ts\nconst a = 1;\n`, rest, false), rest.slice(-40)).toBe('joins');
    }
  });

  const opens = (text: string, language: string) => scanCode(text, language)?.open.length ?? 0;
  const inCode = fc
    .tuple(sample, fc.double({ min: 0.1, max: 0.9, noNaN: true }))
    .map(([each, share]) => ({ language: each[0], ...cut(each, share) }))
    .filter(({ written, language }) => {
      const scan = scanCode(written, language);
      return scan?.mismatchAt === null && scan.unclosedQuoteAt === null && scan.open.at(-1) !== '`';
    })
    // Inside a comment nothing counts.
    .filter(({ written, language }) => opens(`${written}(`, language) > opens(written, language));

  it('that ends the block while something is open is broken', () => {
    fc.assert(
      fc.property(inCode, ({ partial, written, language }) => {
        fc.pre(opens(written, language) > 0);
        expect(judgeCodeSeam(partial, `\n${fence}\n\nThat is all.`, true)).toBe('breaks');
      }),
      { numRuns: 300 },
    );
  });

  it('that closes what was not open is broken, as soon as that is seen', () => {
    fc.assert(
      fc.property(inCode, ({ partial, written, language }) => {
        const tooMany = '\n)]}'.repeat(opens(written, language) + 1);
        expect(judgeCodeSeam(partial, `${tooMany}\n${'// more\n'.repeat(100)}`, false)).toBe('breaks');
      }),
      { numRuns: 300 },
    );
  });

  it('that begins the block anew is broken', () => {
    fc.assert(
      fc.property(inCode, ({ partial, written }) => {
        fc.pre(written.trim().length > 40);
        expect(judgeCodeSeam(partial, `${written}${'x'.repeat(100)}`, false)).toBe('breaks');
      }),
      { numRuns: 300 },
    );
  });

  it('that leaves out a bracket is broken where the block ends soon', () => {
    const partial = `${fence}ts\nexport function f(a: number): number {\n  if (a > 0) {\n    return g(`;
    expect(judgeCodeSeam(partial, `a);\n  }\n  return 0;\n}\n${fence}\n`, true)).toBe('joins');
    expect(judgeCodeSeam(partial, `a);\n  return 0;\n}\n${fence}\n`, true)).toBe('breaks');
    expect(judgeCodeSeam(partial, `a);\n  }\n  }\n  return 0;\n}\n${fence}\n`, true)).toBe('breaks');
  });

  it('must end a string on its line', () => {
    const partial = `${fence}ts\nconst a = "one tw`;
    expect(judgeCodeSeam(partial, `o";\n${fence}\n`, true)).toBe('joins');
    expect(judgeCodeSeam(partial, `o;\nconst b = 2;\n${fence}\n`, true)).toBe('breaks');
  });

  it('is not held against what it can’t know: prose, other languages, a first part that does not add up', () => {
    expect(judgeCodeSeam('Some words (and', ' more}} words', false)).toBe('joins');
    expect(judgeCodeSeam(`${fence}bash\ncase "$x" in\n  a`, ') echo } ;;', false)).toBe('joins');
    const odd = `${fence}ts\n})\nfoo(`;
    expect(judgeCodeSeam(odd, `)\n${fence}\n`, true)).toBe('joins');
  });
});
