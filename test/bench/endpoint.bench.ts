/**
 * The endpoint beside nothing, the least that a proxy on Node can do, and gateways where they are installed: one fake
 * upstream, one client, and for each measure every subject in turn, round after round. `added…` is a subject's figure minus
 * the direct one of the same round; every figure is the median of the rounds, and a ratio the median of the rounds' ratios,
 * because other work on the machine falls on a whole round.
 *
 * `TASK_ROUTER_BENCH_SHORT=1` takes a part, for a look in between. docs/benchmarks.md has the bars and what was measured.
 */
import { gateways } from './endpoint/gateways.ts';
import { type Figures, measures, type Size } from './endpoint/measures.ts';
import { forgetPeak, memoryMb } from './endpoint/process-figures.ts';
import { direct, program, startBare, startOurs, startUpstream, type Subject } from './endpoint/subjects.ts';
import { rowsOf, type Taken, verdictOf } from './endpoint/summary.ts';
import { formats } from './endpoint/wire-format.ts';
import type { Measured } from './report.ts';

export const name = 'endpoint';

const full: Size = {
  ...{ rounds: 5, singles: 600, crowd: 6_000, throughputMs: 2_000 },
  ...{ firstTexts: 300, chunks: 3_000, relayMs: 2_000, longPrompts: 60 },
};
const short: Size = {
  ...{ rounds: 1, singles: 200, crowd: 2_000, throughputMs: 1_000 },
  ...{ firstTexts: 100, chunks: 800, relayMs: 600, longPrompts: 20 },
};

export async function run(): Promise<Measured> {
  const isShort = process.env['TASK_ROUTER_BENCH_SHORT'] !== undefined;
  const size = isShort ? short : full;
  const stops: (() => Promise<void>)[] = [];
  try {
    const upstream = await startUpstream();
    stops.push(upstream.stop);
    const subjects: Subject[] = [direct(upstream)];
    for (const start of [startBare, startOurs, ...gateways]) {
      const subject = await start(upstream);
      if (subject === null) continue;
      subjects.push(subject);
      stops.push(subject.stop);
    }
    const idle = subjects.map(({ pid }) => (pid === null ? null : memoryMb(pid)));
    for (const { pid } of subjects) if (pid !== null) forgetPeak(pid);
    // Once for nothing: what is compiled and connected afterwards is there for everybody.
    await takeRound(-1, subjects, short);
    const taken: Taken[] = [];
    for (let round = 0; round < size.rounds; round += 1)
      taken.push(...(await takeRound(round, subjects, size)));
    const rows = rowsOf(
      taken,
      subjects.map(({ name: subject, coldStartMs, pid }, at) => ({
        ...{ name: subject, coldStartMs, idleMb: idle[at]?.nowMb ?? null },
        peakMb: pid === null ? null : (memoryMb(pid)?.peakMb ?? null),
      })),
    );
    return { program, rounds: size.rounds, isShort, ...verdictOf(rows), rows };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

/** Every measure on every subject in both formats. The order of the subjects turns, so that none is always the last. */
async function takeRound(round: number, subjects: readonly Subject[], size: Size): Promise<Taken[]> {
  const taken: Taken[] = [];
  let turn = round;
  for (const format of formats) {
    const figures = new Map<Subject, Figures>();
    for (const { take } of measures) {
      turn += 1;
      const first = turn % subjects.length;
      for (const subject of [...subjects.slice(first), ...subjects.slice(0, first)]) {
        if (!subject.speaks(format)) continue;
        figures.set(subject, { ...figures.get(subject), ...(await take(subject, format, size)) });
      }
    }
    for (const [subject, values] of figures)
      taken.push({ round, subject: subject.name, format, figures: values });
  }
  return taken;
}
