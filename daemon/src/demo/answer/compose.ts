/**
 * Puts a demo answer together: what was asked, what came with it, and for each kind of task something made from it.
 *
 * Two styles, because a newcomer should see that the router's choice matters: `brief` is the weak model's, with one
 * line a file; `thorough` the strong one's, with a table, the relations between the files and next steps. Equal
 * input gives an equal answer.
 */
import { codeWithComments, codeWithNotice, newCode, testSkeleton } from './code-block.ts';
import type { CodeFacts } from './code-facts.ts';
import { counted, fenced, inlineCode, listed, quoted, sizeText } from './markdown.ts';
import { isImportOf } from './import-target.ts';
import type { TaskKind } from './task-kind.ts';

export type AnswerStyle = 'brief' | 'thorough';

export interface AnswerParts {
  /** The server's label, `demo-fast`. */
  readonly label: string;
  readonly style: AnswerStyle;
  readonly kind: TaskKind;
  readonly prose: string;
  readonly files: readonly CodeFacts[];
}

/** The whole answer in markdown. The first line says that no real model wrote it. */
export function composeAnswer(parts: AnswerParts): string {
  const { label, style, kind, prose, files } = parts;
  const sent =
    files.length === 0
      ? 'no file came with it'
      : `${counted(files.length, 'file')} (${sizeText(files.reduce((sum, { bytes }) => sum + bytes, 0))}) came with it`;
  const sections = [
    `Demo answer (no real model): ${label} took this for a task of kind **${kind}**; ${sent}.`,
    prose === '' ? '' : quoted(prose, style === 'brief' ? 160 : 400),
    ...(style === 'brief'
      ? [...files.slice(0, mostFiles).map(briefFile), rest(files.length)]
      : [
          overview(files),
          ...files.slice(0, mostFiles).map(thoroughFile),
          rest(files.length),
          relations(files),
        ]),
    parts.files.length === 0 ? withoutFiles(parts) : byKind[kind](parts),
    style === 'brief' ? '' : nextSteps,
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** Told of one by one, so that a whole folder still gives an answer that is read. */
const mostFiles = 8;
const mostRelations = 20;

function rest(count: number): string {
  return count <= mostFiles ? '' : `… and ${counted(count - mostFiles, 'more file')}, read in the same way.`;
}

function briefFile(facts: CodeFacts): string {
  const names = facts.publicNames.map(({ name }) => inlineCode(name));
  const details = [`${counted(facts.lineCount, 'line')}, ${sizeText(facts.bytes)}`];
  if (names.length > 0) details.push(`has ${listed(names, 6)}`);
  if (facts.imports.length > 0) details.push(`imports ${listed(facts.imports.map(inlineCode), 4)}`);
  const note = facts.firstComment === undefined ? '' : ` It says: “${facts.firstComment}”`;
  return `- ${inlineCode(facts.label)}${range(facts)}: ${details.join('; ')}.${note}`;
}

function overview(files: readonly CodeFacts[]): string {
  const rows = files.map(({ label, language, lineCount, bytes, publicNames }) =>
    [
      inlineCode(label.replaceAll('|', '/')),
      language.name,
      lineCount,
      sizeText(bytes),
      publicNames.length,
    ].join(' | '),
  );
  const head = '| file | language | lines | size | public names |\n|---|---|---|---|---|';
  return rows.length === 0
    ? ''
    : `## What was sent\n\n${head}\n${rows.map((row) => `| ${row} |`).join('\n')}`;
}

function thoroughFile(facts: CodeFacts): string {
  const names = facts.publicNames.map(({ name, what }) => `${inlineCode(name)} (${what})`);
  return [
    `### ${inlineCode(facts.label)}${range(facts)}\n`,
    `- **First comment:** ${facts.firstComment ?? 'none near the top.'}`,
    `- **Public names:** ${listed(names, 15) || 'none found.'}`,
    `- **Imports:** ${listed(facts.imports.map(inlineCode), 12) || 'none found.'}`,
    `- **Longest line:** ${facts.longestLine.length} characters (line ${facts.longestLine.number}).`,
  ].join('\n');
}

/** Which of the sent files names which other one in its imports. */
function relations(files: readonly CodeFacts[]): string {
  const edges = files.flatMap((from) =>
    files
      .filter((to) => to !== from && from.imports.some((name) => isImportOf(name, from.label, to.label)))
      .map((to) => `- ${inlineCode(from.label)} uses ${inlineCode(to.label)}`),
  );
  const shown = edges.slice(0, mostRelations).join('\n');
  const more = edges.length > mostRelations ? `\n- … and ${edges.length - mostRelations} more` : '';
  return edges.length === 0 ? '' : `## How the files hang together\n\n${shown}${more}`;
}

const byKind: Readonly<Record<TaskKind, (parts: AnswerParts) => string>> = {
  explain: ({ files }) => {
    const most = files.reduce((best, facts) =>
      facts.publicNames.length > best.publicNames.length ? facts : best,
    );
    const total = files.reduce((sum, { publicNames }) => sum + publicNames.length, 0);
    return `Together they offer ${counted(total, 'public name')}; ${inlineCode(most.label)} has the most.`;
  },
  fix: (parts) => withCode(parts, 'Only the comment on top is new:', (facts) => codeWithNotice(facts, 'fix')),
  refactor: (parts) =>
    withCode(parts, 'Only the comment on top is new:', (facts) => codeWithNotice(facts, 'refactoring')),
  document: (parts) =>
    withCode(parts, 'A comment stands above each public name that had none:', codeWithComments),
  test: (parts) => withCode(parts, 'A skeleton to fill in:', testSkeleton),
  generate: (parts) => withCode(parts, 'Something small, made from what was sent:', newCode),
  review: ({ files }) =>
    `## Remarks\n\n${files.flatMap(remarks).slice(0, 40).join('\n') || '- Nothing that counting could find.'}`,
  commit: ({ files }) => {
    const subject = `Change ${files.map(({ label }) => stem(label)).join(', ')}`.slice(0, 72);
    const body = files
      .slice(0, 20)
      .map(({ label, lineCount }) => `- ${label}: ${counted(lineCount, 'line')}`);
    return fenced([subject, '', ...body].join('\n'), 'text');
  },
  chat: () => 'That is all a scripted server can say about it.',
};

/** The first file for the weak style, up to three for the strong one: an answer has to end somewhere. */
function withCode({ files, style }: AnswerParts, intro: string, write: (facts: CodeFacts) => string): string {
  const shown = files.slice(0, style === 'brief' ? 1 : 3);
  const blocks = shown.map((facts) =>
    shown.length > 1 ? `${inlineCode(facts.label)}\n\n${write(facts)}` : write(facts),
  );
  return [intro, ...blocks].join('\n\n');
}

function withoutFiles({ kind, prose }: AnswerParts): string {
  const nothing = 'No file or selection came with the task, so there is nothing of yours to show.';
  if (kind !== 'generate' && kind !== 'test') return nothing;
  const code = `// Demo code (no real model)\nexport const task = ${JSON.stringify(prose.slice(0, 80))};`;
  return `${nothing}\n\n${fenced(code, 'ts')}`;
}

function remarks({ label, firstComment, longestLine, lineCount }: CodeFacts): readonly string[] {
  const found: string[] = [];
  if (firstComment === undefined) found.push('no comment near the top');
  if (longestLine.length > 120) found.push(`line ${longestLine.number} has ${longestLine.length} characters`);
  if (lineCount > 350) found.push(`${lineCount} lines are a lot for one file`);
  return found.map((remark) => `- ${inlineCode(label)}: ${remark}.`);
}

const nextSteps = [
  '## What next\n',
  '1. A real model would do the part that needs understanding; this one only counts and quotes.',
  '2. Add a provider key, or point the router at a local server, and send the same task again.',
].join('\n');

function stem(path: string): string {
  return (path.split(/[/\\]/).at(-1) ?? path).replace(/\.\w+$/, '');
}

function range({ file }: CodeFacts): string {
  return file.lines === undefined ? '' : ` (lines ${file.lines.from}–${file.lines.to})`;
}
