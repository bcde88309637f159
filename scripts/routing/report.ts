/**
 * `eval:routing --report`: ours on the dev rows, beside what others published. Each part fits on other rows than it
 * measures on; nothing here looks at a row that is not shipped. The same data give the same bytes.
 */
import { chancesPart } from './report-chances.ts';
import { choicePart } from './report-choice.ts';
import { markdownOf, type ReportPart } from './report-form.ts';
import { routellmPart, sweBenchPart } from './report-pairs.ts';
import { understandingPart } from './report-understanding.ts';
import { liveCodeBenchPart, unknownPart } from './report-unknown.ts';

export interface Report {
  /** For machines: a part's figures by its name. */
  readonly figures: Readonly<Record<string, unknown>>;
  /** For readers: docs/routing-quality.md. */
  readonly markdown: string;
}

const intro = [
  '# Routing quality',
  'How good choices and chances are, on public outcome data, beside what others published. Written by\n' +
    '`npm run --silent eval:routing -- --report > docs/routing-quality.md`; the same data give the same bytes. Fitted on train\n' +
    'rows and measured on dev rows, or in folds; no held-out row, no row of an agentic out-of-distribution set and none of\n' +
    'RouterArena was used for anything. Method: [algorithms/understanding.md](algorithms/understanding.md).',
];

/** Runs every part; `say` gets one line a part. Takes minutes. */
export function makeReport(folder: string, say: (line: string) => void): Report {
  const parts: readonly [string, (folder: string) => ReportPart][] = [
    ['choice', choicePart],
    ['chances', chancesPart],
    ['RouteLLM', routellmPart],
    ['SWE-bench', sweBenchPart],
    ['LiveCodeBench', liveCodeBenchPart],
    ['unknown ground', unknownPart],
    ['understanding', understandingPart],
  ];
  const made = parts.map(([name, make]) => {
    say(name);
    return make(folder);
  });
  return {
    figures: Object.fromEntries(made.map(({ name, figures }) => [name, figures])),
    markdown: markdownOf(intro, made),
  };
}
