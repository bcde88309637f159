/** The monitor on a stream of calls: how soon it notices a trouble, and how often it cries without one. */
import {
  monitorPerformance,
  monitorQuality,
  newAlarms,
  type AlarmKind,
  type PerformanceState,
} from '@task-router/daemon/engine';
import type { Randomness } from '../base/randomness.ts';
import { healthy, interleaved, resultOf, type TracedCall, type Trouble } from './calls.ts';

/** Healthy calls before a trouble begins. */
const calmCalls = 150;
/** Every fourth answer is graded; tasks differ in how likely a good answer is. */
const gradedShare = 0.25;
const usualQuality = { low: 0.85, high: 0.97 };
const gradesOf = calmCalls * gradedShare;

export type Counts = Readonly<Record<Exclude<AlarmKind, 'burn'>, number>>;

/** Alarms by kind over so many healthy calls. */
export function falseAlarms(
  sessions: readonly (readonly TracedCall[])[],
  { open, calls }: { readonly open: number; readonly calls: number },
  random: Randomness,
): Counts {
  const counts = { errors: 0, latency: 0, quality: 0, cost: 0, cacheShare: 0 };
  const stream = interleaved(sessions, open, random.fork('sessions'));
  let state: PerformanceState | null = null;
  for (let index = 0; index < calls; index += 1) {
    const before: PerformanceState | null = state;
    const result = resultOf(stream.next().value, index, { ...healthy, isTold: true }, random);
    state = monitorPerformance(state, result);
    if (random.chance(gradedShare)) state = graded(state, result.endedAtMs, 1, random);
    for (const { kind } of newAlarms(before?.anomalies ?? null, state.anomalies)) {
      if (kind !== 'burn') counts[kind] += 1;
    }
  }
  return counts;
}

/** Calls (for quality: graded outcomes) until the alarm of this kind; null: not within `most`. */
export function noticedAfter(
  sessions: readonly (readonly TracedCall[])[],
  {
    kind,
    trouble,
    most,
    isTold = false,
    open = 4,
  }: {
    readonly kind: AlarmKind;
    readonly trouble: Partial<Trouble>;
    readonly most: number;
    readonly isTold?: boolean;
    readonly open?: number;
  },
  random: Randomness,
): number | null {
  const stream = interleaved(sessions, open, random.fork('sessions'));
  let state: PerformanceState | null = null;
  for (let index = 0; index < calmCalls; index += 1)
    state = monitorPerformance(state, resultOf(stream.next().value, index, { ...healthy, isTold }, random));
  for (let grade = 0; grade < gradesOf; grade += 1) state = graded(state!, grade * 60_000, 1, random);
  for (let index = 1; index <= most; index += 1) {
    const before = state!;
    if (kind === 'quality') {
      state = graded(before, calmCalls * 60_000 + index * 60_000, trouble.qualityFactor ?? 1, random);
    } else {
      const ended = resultOf(
        stream.next().value,
        calmCalls + index,
        { ...healthy, isTold, ...trouble },
        random,
      );
      state = monitorPerformance(before, ended);
    }
    if (newAlarms(before.anomalies, state.anomalies).some((alarm) => alarm.kind === kind)) return index;
  }
  return null;
}

function graded(state: PerformanceState, atMs: number, factor: number, random: Randomness): PerformanceState {
  const expected = random.between(usualQuality.low, usualQuality.high);
  const success = random.chance(expected * factor);
  return monitorQuality(state, 'node/model', { success, expected, atMs });
}
