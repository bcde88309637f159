/**
 * The lint rules, proved: each text below breaks one of the project's rules and is linted as if it were the named file,
 * with our own configuration. The files exist, so that the type-aware rules see a real project around the text.
 */
import { ESLint } from 'eslint';
import { beforeAll, describe, expect, it } from 'vitest';

const source = 'protocol/src/rpc.ts';
const engine = 'daemon/src/engine/deps.ts';
const test = 'test/arch/lint.test.ts';
const eslint = new ESLint();

async function rulesBroken(file: string, text: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath: file });
  return (result?.messages ?? []).map((message) => message.ruleId ?? message.message);
}

const nested = (depth: number) => 'if (Boolean(1)) {'.repeat(depth) + '}'.repeat(depth);
const branches = (count: number) => 'if (value > 1) value += 1;\n'.repeat(count);

const violations: readonly (readonly [rule: string, file: string, text: string])[] = [
  ['no-restricted-syntax', source, "import { z } from 'zod';\nexport const a = z.string();"],
  ['no-restricted-syntax', source, 'export default 1;'],
  ['no-restricted-syntax', source, 'export let counter = 0;'],
  ['no-restricted-syntax', source, 'let counter = 0;\nexport const next = () => (counter += 1);'],
  ['no-restricted-syntax', source, 'export const a = await Promise.resolve(1);'],
  ['no-restricted-syntax', source, 'for await (const a of []) Number(a);\nexport {};'],
  ['no-restricted-syntax', engine, 'export const now = new Date();'],
  ['no-restricted-syntax', engine, 'export const now = Date();'],
  ['no-restricted-syntax', test, "import { it } from 'vitest';\nit.only('x', () => {});"],
  ['no-restricted-syntax', test, "import { describe } from 'vitest';\ndescribe.skip('x', () => {});"],
  ['no-restricted-properties', engine, 'export const now = Date.now();'],
  ['no-restricted-properties', engine, 'export const dice = Math.random();'],
  ...['setTimeout', 'process', 'console', 'performance', 'crypto', 'fetch', 'globalThis'].map(
    (name) => ['no-restricted-globals', engine, `export const ambient = ${name};`] as const,
  ),
  [
    '@typescript-eslint/switch-exhaustiveness-check',
    source,
    "export function f(x: 'a' | 'b'): number | undefined {\n  switch (x) {\n    case 'a':\n      return 1;\n  }\n}",
  ],
  [
    '@typescript-eslint/no-floating-promises',
    source,
    'export function f(): void {\n  Promise.resolve(1);\n}',
  ],
  ['@typescript-eslint/no-explicit-any', source, 'export const f = (x: any): number => Number(x);'],
  ['@typescript-eslint/ban-ts-comment', source, '// @ts-ignore\nexport const a = 1;'],
  ['@typescript-eslint/consistent-type-imports', source, "import { z } from './a.ts';\nexport type B = z;"],
  ['max-depth', source, `export function f(): void {\n${nested(5)}\n}`],
  [
    'max-params',
    source,
    'export function f(a: number, b: number, c: number, d: number, e: number) {\n  return a + b + c + d + e;\n}',
  ],
  ['complexity', source, `export function f(value: number) {\n${branches(12)}  return value;\n}`],
  ['eqeqeq', source, 'export const f = (a: number, b: number) => a == b;'],
  [
    '@eslint-community/eslint-comments/require-description',
    source,
    '// eslint-disable-next-line eqeqeq\nexport const f = (a: number, b: number) => a == b;',
  ],
  [
    "Unused eslint-disable directive (no problems were reported from 'eqeqeq').",
    source,
    '// eslint-disable-next-line eqeqeq -- there is nothing here to disable\nexport const a = 1;',
  ],
];

const allowed: readonly (readonly [file: string, text: string])[] = [
  [source, "import * as z from 'zod';\nexport const a = z.string();"],
  [source, "import type { ZodType } from 'zod';\nexport type A = ZodType;"],
  [source, "import type * as z from 'zod';\nexport type A = z.ZodType;"],
  [source, 'export const f = (a: unknown) => a == null;'],
  [source, 'export const f = async () => {\n  await Promise.resolve(1);\n};'],
  [engine, 'export const day = (ms: number) => new Date(ms).toISOString();'],
  [
    source,
    '// eslint-disable-next-line eqeqeq -- a string is meant too\nexport const f = (a: unknown) => a == 1;',
  ],
];

// The first text of a project makes ESLint load the types of all of it.
beforeAll(async () => {
  for (const file of [source, engine, test]) await rulesBroken(file, '');
}, 120_000);

describe('lint rules', () => {
  it.each(violations)('%s is reported in %s (%#)', async (rule, file, text) => {
    expect(await rulesBroken(file, text)).toContain(rule);
  });

  it.each(allowed)('nothing is reported in %s (%#)', async (file, text) => {
    expect(await rulesBroken(file, text)).toEqual([]);
  });
});
