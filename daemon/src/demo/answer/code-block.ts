/**
 * The code in a demo answer: always made from the code that was sent, so that Copy, Insert and Replace have
 * something real to work on, and always marked as a demo's in a comment of its language.
 */
import type { CodeFacts } from './code-facts.ts';
import { maxLineLength, startsWithAny } from './code-facts.ts';
import { publicNameOn } from './languages.ts';
import { fenced } from './markdown.ts';

/** Larger files are cut, visibly; the answer must fit a usual output limit of 4,096 tokens. */
const maxCodeCharacters = 10_000;

/** The file's code, unchanged but for a comment on top. */
export function codeWithNotice(facts: CodeFacts, notice: string): string {
  return fenced(`${comment(facts, `Demo ${notice} (no real model)`)}\n${cut(facts)}`, facts.language.fence);
}

/** The file's code with a comment above each public name that has none. */
export function codeWithComments(facts: CodeFacts): string {
  const { line: mark, block } = facts.language;
  let above = '';
  const lines = cut(facts)
    .split('\n')
    .flatMap((line) => {
      const documented = startsWithAny(above, [mark, block?.[0]]) || above.endsWith(block?.[1] ?? '\0');
      above = line.trim() === '' ? above : line.trim();
      const found = publicNameOn(line.slice(0, maxLineLength), facts.language);
      if (found === undefined || documented) return [line];
      const indent = /^\s*/.exec(line)?.[0] ?? '';
      return [`${indent}${comment(facts, `Demo comment: ${found.what} ${found.name}.`)}`, line];
    });
  return fenced(lines.join('\n'), facts.language.fence);
}

/** A skeleton of tests that names the public names and calls what can be called. */
export function testSkeleton(facts: CodeFacts): string {
  const called = facts.publicNames.filter(({ what }) => /^(?:function|def|func|fn|fun|exports)$/.test(what));
  const names = (called.length > 0 ? called : facts.publicNames).slice(0, 12).map(({ name }) => name);
  const skeleton = skeletons[facts.language.fence] ?? namesToTest;
  return fenced(
    `${comment(facts, 'Demo test skeleton (no real model)')}\n${skeleton(names, facts)}`,
    facts.language.fence,
  );
}

/** New code that uses the file's public names where an import line is easy to write, else the file itself. */
export function newCode(facts: CodeFacts): string {
  const values = facts.publicNames.filter(({ what }) => !/^(?:type|interface)$/.test(what)).slice(0, 8);
  const list = values.map(({ name }) => name).join(', ');
  const code = {
    ts: `import { ${list} } from '${moduleOf(facts)}';\n\nexport const demoParts = [${list}];`,
    js: `import { ${list} } from '${moduleOf(facts)}';\n\nexport const demoParts = [${list}];`,
    python: `from ${stemOf(facts)} import ${list}\n\ndemo_parts = [${list}]`,
  }[facts.language.fence];
  if (code === undefined || values.length === 0) return codeWithNotice(facts, 'code, built on what was sent');
  return fenced(`${comment(facts, 'Demo code (no real model)')}\n${code}`, facts.language.fence);
}

type Skeleton = (names: readonly string[], facts: CodeFacts) => string;

const vitestSkeleton: Skeleton = (names, facts) =>
  [
    `import { expect, test } from 'vitest';`,
    `import { ${names.join(', ')} } from '${moduleOf(facts)}';`,
    ...names.map(
      (name) => `\ntest('${name} gives something back', () => {\n  expect(${name}()).toBeDefined();\n});`,
    ),
  ].join('\n');

const namesToTest: Skeleton = (names, facts) =>
  names.map((name) => comment(facts, `call ${name} and check what comes back`)).join('\n');

const skeletons: Readonly<Record<string, Skeleton>> = {
  ts: vitestSkeleton,
  js: vitestSkeleton,
  python: (names, facts) =>
    [
      `from ${stemOf(facts)} import ${names.join(', ')}`,
      ...names.map((name) => `\n\ndef test_${name.toLowerCase()}():\n    assert ${name}() is not None`),
    ].join('\n'),
};

function cut(facts: CodeFacts): string {
  const { text } = facts.file;
  if (text.length <= maxCodeCharacters) return text;
  const kept =
    text.slice(0, text.lastIndexOf('\n', maxCodeCharacters) + 1) || text.slice(0, maxCodeCharacters);
  const left = text.slice(kept.length).split('\n').length;
  return `${kept.trimEnd()}\n${comment(facts, `… cut here by the demo: ${left} more lines were sent`)}`;
}

function comment({ language }: CodeFacts, text: string): string {
  if (language.line !== undefined) return `${language.line} ${text}`;
  return language.block === undefined ? text : `${language.block[0]} ${text} ${language.block[1]}`;
}

/** The file as its neighbour imports it; quotes would end the string. */
function moduleOf({ file }: CodeFacts): string {
  return `./${file.path?.split(/[/\\]/).at(-1)?.replaceAll("'", '') ?? 'module.ts'}`;
}

function stemOf(facts: CodeFacts): string {
  return moduleOf(facts).replace(/^\.\/|\.\w+$/g, '');
}
