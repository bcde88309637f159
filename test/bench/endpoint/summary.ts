/** From what the rounds measured to one row a subject and format, and to the bars. */
import type { Row } from '../report.ts';
import { type Figures, quantile } from './measures.ts';
import type { Format } from './wire-format.ts';

export interface Taken {
  readonly round: number;
  readonly subject: string;
  readonly format: Format;
  readonly figures: Figures;
}

/** Taken once a subject. */
export interface SubjectFigures {
  readonly name: string;
  readonly coldStartMs: number | null;
  readonly idleMb: number | null;
  readonly peakMb: number | null;
}

/** Each bar on the row of Task Router: a figure, and what it must reach. */
const bars: readonly { readonly figure: string; readonly most?: number; readonly least?: number }[] = [
  { figure: 'addedP50Ms', most: 0.25 },
  { figure: 'requestsVsBare', least: 0.4 },
  { figure: 'addedFirstTextMs', most: 0.35 },
  { figure: 'chunksVsBare', least: 0.8 },
  { figure: 'addedRelayP99Ms', most: 1 },
  { figure: 'addedLongPromptMs', most: 1 },
  { figure: 'rssPeakMb', most: 120 },
];

export function rowsOf(taken: readonly Taken[], subjects: readonly SubjectFigures[]): Row[] {
  const formats = [...new Set(taken.map(({ format }) => format))];
  return formats.flatMap((format) =>
    subjects
      .filter(({ name }) => taken.some((each) => each.format === format && each.subject === name))
      .map((subject) => rowOf(taken, format, subject)),
  );
}

/** The bars in both formats: `passes` and each figure that does not reach its own. */
export function verdictOf(rows: readonly Row[]): { readonly passes: boolean; readonly missed: string } {
  const missed = rows
    .filter(({ subject }) => subject === 'ours')
    .flatMap((row) =>
      bars.flatMap(({ figure, most = Infinity, least = -Infinity }) => {
        const value = row[figure];
        const isReached = typeof value === 'number' && value <= most && value >= least;
        return isReached ? [] : [`${String(row['format'])} ${figure} ${String(value)}`];
      }),
    );
  return { passes: missed.length === 0, missed: missed.join(', ') };
}

function rowOf(taken: readonly Taken[], format: Format, { name, ...once }: SubjectFigures): Row {
  /** Of each round in which both were measured. */
  const each = (figure: string, against: string, combine: (own: number, other: number) => number): number[] =>
    roundsOf(taken, format, name).flatMap((own) => {
      const other = taken.find(
        (one) => one.round === own.round && one.format === format && one.subject === against,
      );
      const [mine, its] = [own.figures[figure], other?.figures[figure]];
      return typeof mine === 'number' && typeof its === 'number' ? [combine(mine, its)] : [];
    });
  const added = (figure: string): number | null =>
    name === 'direct' ? null : rounded(median(each(figure, 'direct', (own, other) => own - other)), 1_000);
  const ratio = (figure: string): number | null =>
    name === 'direct' ? null : rounded(median(each(figure, 'bare', (own, other) => own / other)));
  const own = (figure: string): number | null => rounded(median(each(figure, name, (value) => value)));
  return {
    ...{ format, subject: name },
    ...{ p50Us: own('oneP50Us'), addedP50Ms: added('oneP50Us'), addedP99Ms: added('oneP99Us') },
    ...{ added32P50Ms: added('crowdP50Us'), added32P99Ms: added('crowdP99Us') },
    ...{ requestsPerSecond: own('requestsPerSecond'), requestsVsBare: ratio('requestsPerSecond') },
    cpuUsPerRequest: own('cpuUsPerRequest'),
    ...{ addedFirstTextMs: added('firstTextP50Us'), addedFirstTextP99Ms: added('firstTextP99Us') },
    ...{ chunksPerSecond: own('chunksPerSecond'), chunksVsBare: ratio('chunksPerSecond') },
    ...{ addedRelayP50Ms: added('relayP50Us'), addedRelayP99Ms: added('relayP99Us') },
    addedLongPromptMs: added('longPromptP50Us'),
    ...{ rssIdleMb: rounded(once.idleMb), rssPeakMb: rounded(once.peakMb) },
    coldStartMs: rounded(once.coldStartMs),
  };
}

function roundsOf(taken: readonly Taken[], format: Format, subject: string): readonly Taken[] {
  return taken.filter((one) => one.format === format && one.subject === subject);
}

function median(values: readonly number[]): number | null {
  return values.length === 0 ? null : quantile(values, 0.5);
}

/** Four digits are more than the machine repeats. */
function rounded(value: number | null, divisor = 1): number | null {
  return value === null ? null : Number((value / divisor).toPrecision(4));
}
