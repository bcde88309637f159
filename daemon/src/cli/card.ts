/** The decision card as text: what was chosen, why, and why each other route was not. */
import type { Candidate, Decision } from '@task-router/protocol';
import { skipWords } from '@task-router/protocol';
import { formatBytes, formatMs, formatTable, formatUsd, plural, wrapLines } from './format.ts';
import { plain } from './output.ts';

/** How much is told: what a reader wants before an answer, or all of it. */
interface CardOptions {
  readonly whole: boolean;
  /** Characters in a line; Infinity: no line is broken. */
  readonly columns: number;
}

/** Candidates and flip points beyond these are counted; `explain` tells all flip points, `--json` has everything. */
const listedCandidates = 12;
const listedFlips = 3;

export function decisionCard(decision: Decision, { whole, columns }: CardOptions): string {
  const chosen = decision.candidates.find((candidate) => candidate.route === decision.route);
  const lines = [
    chosen ? headline(chosen) : 'No route is eligible.',
    `  ${plain(decision.summary)}`,
    ...(decision.tool === undefined ? [] : [`  asked by ${plain(decision.tool)}`]),
    ...understoodLines(decision),
    `  ${decision.kind}, about ${decision.inputTokens} tokens, objective ${decision.objective}` +
      ` (${weightsText(decision)}), decided in ${(decision.decidedInUs / 1000).toFixed(2)} ms`,
    ...decision.settings.map((setting) => `  set by ${plain(setting)}`),
    '',
    candidateTable(decision.candidates, columns),
    ...flipLines(decision, whole),
    ...balanceLines(decision),
    ...contextLines(decision, whole),
    `  decision ${decision.decisionId}`,
  ];
  return wrapLines(lines.join('\n'), columns);
}

function headline(chosen: Candidate): string {
  const marks = [chosen.isDemo ? 'demo' : null, chosen.isLocal ? 'local' : 'cloud'].filter(
    (mark) => mark !== null,
  );
  const { expected } = chosen;
  const forecast = expected
    ? `first token ${formatMs(expected.firstTokenMs)}, whole ${formatMs(expected.totalMs)}, cost ${formatUsd(expected.costUsd)}`
    : '';
  return `→ ${plain(chosen.route)}  [${marks.join(', ')}]  expected: ${forecast}`;
}

function weightsText({ weights }: Decision): string {
  return `capability ${weights.capability}, performance ${weights.performance}, resources ${weights.resources}, history ${weights.history}`;
}

function candidateTable(candidates: readonly Candidate[], columns: number): string {
  const rows = candidates.slice(0, listedCandidates).map(candidateRow);
  const rest = candidates.length - rows.length;
  const header = ['route', 'score', 'cap', 'perf', 'res', 'hist', 'quality'];
  const whole = formatTable([header, ...rows]);
  const fits = whole.split('\n').every((line) => line.length <= columns);
  const table = fits ? whole : narrowTable(header, rows);
  return rest > 0 ? `${table}\n  … and ${plural(rest, 'more route')}` : table;
}

/** Name and remarks of a route in lines of their own, its figures between them. */
function narrowTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const figures = formatTable([header.slice(1, -1), ...rows.map((row) => row.slice(1, -1))], '    ').split(
    '\n',
  );
  const told = rows.flatMap(([name = '', ...more], index) => {
    const line = figures[index + 1]?.trimEnd() ?? '';
    const remarks = more.at(-1) ?? '';
    return [`  ${name}`, ...(more[1] === '' ? [] : [line]), ...(remarks === '' ? [] : [`    ${remarks}`])];
  });
  return [figures[0] ?? '', ...told].join('\n');
}

function candidateRow(candidate: Candidate): string[] {
  const name = plain(candidate.route) + (candidate.isDemo ? ' (demo)' : '');
  if (candidate.score === null || candidate.parts === null) {
    const why = candidate.rejected;
    const setting = why?.setting == null ? '' : ` [${why.setting}]`;
    return [name, '–', '', '', '', '', plain(`${why?.code ?? ''}: ${why?.reason ?? ''}${setting}`)];
  }
  const { capability, performance, resources, history } = candidate.parts;
  const parts = [capability, performance, resources, history].map((part) => part.toFixed(2));
  return [name, candidate.score.toFixed(3), ...parts, noteText(candidate)];
}

function noteText(candidate: Candidate): string {
  const { coldStartMs } = candidate;
  const load = coldStartMs === undefined ? [] : [`not loaded, about ${formatMs(coldStartMs)} of load`];
  return [qualityText(candidate), ...load].filter((text) => text !== '').join('; ');
}

/** `0.81 (0.70-0.90), 42 outcomes`, and why a high score did not help where the gate held. */
function qualityText({ quality, gate }: Candidate): string {
  const known =
    quality === null
      ? []
      : [
          `${quality.mean.toFixed(2)} (${quality.lowerBound.toFixed(2)}-${quality.upperBound.toFixed(2)})`,
          quality.sampleSize > 0 ? plural(quality.sampleSize, 'outcome') : priorWords[quality.source],
        ];
  const held =
    gate?.passed === false
      ? [
          `less reliable, so it comes later: at least ${gate.bound.toFixed(2)} of its calls succeed, ${gate.floor.toFixed(2)} asked`,
        ]
      : [];
  return [...known, ...held].join(', ');
}

const priorWords: Readonly<Record<NonNullable<Candidate['quality']>['source'], string>> = {
  measured: 'published outcomes',
  family: 'published outcomes of its family',
  class: 'unknown model',
};

function understoodLines({ understanding }: Decision): string[] {
  return understanding === null ? [] : [`  understood as: ${plain(understanding.words)}`];
}

function flipLines({ flipPoints }: Decision, whole: boolean): string[] {
  if (flipPoints.length === 0) return [];
  const told = whole ? flipPoints : flipPoints.slice(0, listedFlips);
  const rest = flipPoints.length - told.length;
  return [
    '  what would change this:',
    ...told.map(({ sentence }) => `    ${plain(sentence)}`),
    ...(rest > 0 ? [`    … and ${plural(rest, 'more change')}`] : []),
  ];
}

/** Busy nodes only: what is free needs no line. */
function balanceLines({ balance }: Decision): string[] {
  if (balance === undefined) return [];
  const busy = balance.nodes.filter(({ inFlight, waitMs }) => inFlight > 0 || waitMs > 0);
  const loads = busy.map(({ node, inFlight, slots, waitMs }) => {
    const wait = waitMs > 0 ? `, free in about ${formatMs(waitMs)}` : '';
    return `${plain(node)} ${inFlight}${slots === null ? '' : ` of ${slots}`} slots${wait}`;
  });
  return [
    ...(loads.length > 0 ? [`  load: ${loads.join('; ')}`] : []),
    ...(balance.conversation === null ? [] : [`  conversation: ${plain(balance.conversation.sentence)}`]),
  ];
}

/** One line per folder, so that a whole module stays readable. What found no room is only counted, unless all is told. */
function contextLines({ context, skippedContext }: Decision, whole: boolean): string[] {
  const bytes = context.reduce((sum, span) => sum + span.bytes, 0);
  const sent = context.map(({ file, range, bytes: size }) => {
    const lines = range ? `:${range.startLine}-${range.endLine}` : '';
    return { file: plain(file), note: `${lines} (${formatBytes(size)})` };
  });
  const beyond = whole ? 0 : skippedContext.filter(({ reason }) => reason === 'limit').length;
  const skipped = skippedContext
    .filter(({ reason }) => whole || reason !== 'limit')
    .map(({ file, reason }) => ({ file: plain(file), note: ` (${skipWords[reason]})` }));
  return [
    ...(sent.length > 0
      ? [`  context: ${plural(sent.length, 'file')}, ${formatBytes(bytes)}`, ...byFolder(sent)]
      : []),
    ...(skipped.length > 0 ? [`  not sent: ${plural(skipped.length, 'file')}`, ...byFolder(skipped)] : []),
    ...(beyond > 0
      ? [
          `  no room for: ${plural(beyond, 'file')}; name those that matter with --file, \`explain\` lists them all`,
        ]
      : []),
  ];
}

function byFolder(files: readonly { readonly file: string; readonly note: string }[]): string[] {
  const folders = new Map<string, string[]>();
  for (const { file, note } of files) {
    const cut = file.lastIndexOf('/') + 1;
    const folder = file.slice(0, cut);
    folders.set(folder, [...(folders.get(folder) ?? []), `${file.slice(cut)}${note}`]);
  }
  return [...folders].map(
    ([folder, names]) => `    ${folder}${folder === '' ? '' : '  '}${names.join(', ')}`,
  );
}
