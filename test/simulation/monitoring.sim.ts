/**
 * `npm run simulate -- monitoring`: the monitor on real calls of one model, several coding sessions at once. How many
 * calls pass until it notices a trouble that begins after 150 healthy calls, and how often each test cries on healthy
 * ones (1 % errors, every fourth answer graded, costs as a server tells them). One seed, the same bytes.
 */
import type { Measured, Row } from '../bench/report.ts';
import { Randomness } from './base/randomness.ts';
import { readSessions, type TracedCall, type Trouble } from './monitoring/calls.ts';
import { falseAlarms, noticedAfter } from './monitoring/watch.ts';
import type { AlarmKind } from '@task-router/daemon/engine';

export const name = 'monitoring';

const seed = 7;
const runs = 500;
const most = 3_000;
const healthyCalls = 400_000;

interface Scenario {
  readonly name: string;
  readonly kind: AlarmKind;
  readonly trouble: Partial<Trouble>;
  /** The cost comes from the server, which also bills what the list does not know of. */
  readonly isTold?: boolean;
  /** Sessions at once. Default: 4. */
  readonly open?: number;
}

const scenarios: readonly Scenario[] = [
  { name: 'twice as slow', kind: 'latency', trouble: { slowdown: 2 } },
  { name: 'twice as slow, one session alone', kind: 'latency', trouble: { slowdown: 2 }, open: 1 },
  { name: 'half as slow again', kind: 'latency', trouble: { slowdown: 1.5 } },
  { name: '20 % errors', kind: 'errors', trouble: { errorRate: 0.2 } },
  { name: '50 % errors', kind: 'errors', trouble: { errorRate: 0.5 } },
  { name: 'quality down by 15 %', kind: 'quality', trouble: { qualityFactor: 0.85 } },
  { name: 'quality down by 30 %', kind: 'quality', trouble: { qualityFactor: 0.7 } },
  { name: 'price up by 10 %', kind: 'cost', trouble: { priceFactor: 1.1 } },
  {
    name: 'the same, costs as a server tells them',
    kind: 'cost',
    trouble: { priceFactor: 1.1 },
    isTold: true,
  },
  { name: 'half the cache reads', kind: 'cacheShare', trouble: { cacheFactor: 0.5 } },
  { name: 'no cache reads', kind: 'cacheShare', trouble: { cacheFactor: 0 } },
];

export function run(): Promise<Measured> {
  const sessions = readSessions();
  const random = new Randomness(seed);
  const rows = scenarios.map((scenario) => delays(scenario, sessions, random.fork(scenario.name)));
  const [one, two, four, twelve] = [1, 2, 4, 12].map((open) =>
    perTenThousand(sessions, open, random.fork(`open ${open}`)),
  );
  const falseAlarms = [one!, two!, four!, twelve!].map(({ all }) => all);
  const delayOf = (scenario: string) => rows.find((row) => row['trouble'] === scenario);
  const slowP95 = Number(delayOf('twice as slow')?.['p95'] ?? most);
  const errorsP95 = Number(delayOf('20 % errors')?.['p95'] ?? most);
  const quality = delayOf('quality down by 15 %');
  const qualityMedian = Number(quality?.['median'] ?? most);
  return Promise.resolve({
    runs,
    healthyCalls,
    slowdownP95Calls: slowP95,
    slowdownP95Bar: 8,
    errorsP95Calls: errorsP95,
    errorsP95Bar: 50,
    qualityMedianOutcomes: qualityMedian,
    qualityP95Outcomes: Number(quality?.['p95'] ?? most),
    qualityBar: 60,
    falseAlarmsPer10kOneSession: one!.all,
    falseAlarmsPer10kTwoSessions: two!.all,
    falseAlarmsPer10kFourSessions: four!.all,
    falseAlarmsPer10kTwelveSessions: twelve!.all,
    falseAlarmsBar: 1,
    falseByTestFourSessions: four!.byTest,
    falseByTestOneSession: one!.byTest,
    passes: slowP95 <= 8 && errorsP95 <= 50 && qualityMedian <= 60 && falseAlarms.every((per) => per <= 1),
    rows,
    seed,
  });
}

function delays(scenario: Scenario, sessions: readonly (readonly TracedCall[])[], random: Randomness): Row {
  const seen = Array.from({ length: runs }, (_, at) =>
    noticedAfter(sessions, { ...scenario, most }, random.fork(String(at))),
  );
  const sorted = seen.map((calls) => calls ?? Infinity).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * runs) - 1]!;
  const finite = (calls: number) => (calls === Infinity ? null : calls);
  return {
    trouble: scenario.name,
    test: scenario.kind,
    median: finite(at(0.5)),
    p90: finite(at(0.9)),
    p95: finite(at(0.95)),
    missed: seen.filter((calls) => calls === null).length,
  };
}

function perTenThousand(sessions: readonly (readonly TracedCall[])[], open: number, random: Randomness) {
  const counts = falseAlarms(sessions, { open, calls: healthyCalls }, random);
  const per = (count: number) => Number(((10_000 * count) / healthyCalls).toFixed(2));
  const all = per(Object.values(counts).reduce((sum, count) => sum + count, 0));
  const byTest = Object.entries(counts).map(([kind, count]) => `${kind} ${per(count)}`);
  return { all, byTest: byTest.join(', ') };
}
