/**
 * Random histories of a ledger as fast-check commands, each step held against the naive specification: the answer, the
 * view, and what must hold whatever happens (no hard cap passed, nothing negative, spend equals settled attempts).
 */
import type { Actual, Claim, HoldResult, Ledger, LeaseRef, Priority } from '@task-router/daemon/engine';
import * as fc from 'fast-check';
import { expect } from 'vitest';
import { LedgerSpecification } from './ledger-specification.ts';

interface World {
  readonly specification: LedgerSpecification;
  nowMs: number;
  /** Every lease that was given, and one that never was. */
  readonly refs: LeaseRef[];
}
interface Moment {
  readonly nowMs: number;
  ref(index: number): LeaseRef;
}
type Operation = (ledger: Ledger | LedgerSpecification, at: Moment) => unknown;

const target = { routeId: 'n/m', nodeId: 'n', provider: 'p' };
const buckets = {
  output: { bucketId: 'rate/output', dimension: 'outputTokens', limit: 600, hard: true },
  requests: { bucketId: 'rate/requests', dimension: 'requests', limit: 7, hard: true },
  unlimited: { bucketId: 'rate/input', dimension: 'inputTokens', limit: null, hard: true },
  slots: { bucketId: 'slots/n', dimension: 'slots', limit: 3, hard: true },
  memory: { bucketId: 'memory/n', dimension: 'localMemoryBytes', limit: 1_000, hard: true },
  hard: { bucketId: 'money/user/day', dimension: 'moneyNanoUsd', limit: 1_000, hard: true },
  soft: { bucketId: 'money/user/month', dimension: 'moneyNanoUsd', limit: 300, hard: false },
} as const;

/** One step of a history: time passes, then something happens to both. */
class Step implements fc.Command<World, Ledger> {
  readonly #afterMs: number;
  readonly #operation: Operation;
  readonly #name: string;

  constructor(afterMs: number, name: string, operation: Operation) {
    this.#afterMs = afterMs;
    this.#name = name;
    this.#operation = operation;
  }

  check(): boolean {
    return true;
  }

  run(world: World, ledger: Ledger): void {
    world.nowMs += this.#afterMs;
    const { nowMs, specification, refs } = world;
    // The newest are drawn most often: an old one has little left to happen to it.
    const moment = { nowMs, ref: (index: number) => refs.at(-1 - (index % refs.length))! };
    const answer = this.#operation(ledger, moment);
    expect([this.#name, plain(answer)]).toEqual([this.#name, this.#operation(specification, moment)]);
    if (isHoldResult(answer) && answer.status === 'held' && !answer.repeated) refs.push(answer.lease);
    const view = ledger.view(nowMs);
    expect({
      buckets: view.buckets.map(({ bucketId, held, used }) => ({ bucketId, held, used })),
      leases: view.leases.map(({ leaseId, fence, state, expiresAtMs }) => ({
        ...{ leaseId, fence, state, expiresAtMs },
      })),
    }).toEqual(specification.view(nowMs));
    expect(spendTotals(ledger)).toEqual(specification.spend);
    for (const { held, used } of view.buckets) expect(Math.min(held, used)).toBeGreaterThanOrEqual(0);
    for (const id of ['slots/n', 'memory/n']) {
      const bucket = view.buckets.find(({ bucketId }) => bucketId === id);
      expect(bucket?.used ?? 0).toBeLessThanOrEqual(bucket?.limit ?? Infinity);
    }
  }

  toString(): string {
    return `+${this.#afterMs} ms ${this.#name}`;
  }
}

function spendTotals(ledger: Ledger) {
  const sums = ledger.spend(0);
  return {
    calls: sums.reduce((all, { calls }) => all + calls, 0),
    unknown: sums.reduce((all, { unknownCalls }) => all + unknownCalls, 0),
    nanoUsd: sums.reduce((all, { settledNanoUsd }) => all + settledNanoUsd, 0),
  };
}

/** What both sides tell: the specification knows no more of a hold. */
function plain(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(({ leaseId }: { leaseId: string }) => leaseId);
  if (!isHoldResult(answer)) return answer;
  if (answer.status === 'held') {
    return { status: 'held', fence: answer.lease.fence, repeated: answer.repeated };
  }
  if (answer.status === 'ended') return answer;
  return { status: 'shortage', buckets: answer.shortfalls.map(({ bucketId }) => bucketId) };
}

function isHoldResult(answer: unknown): answer is HoldResult {
  const status = (answer as { status?: unknown } | null | undefined)?.status;
  return status === 'held' || status === 'shortage' || status === 'ended';
}

const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const refs = fc.oneof(fc.nat(2), fc.nat(20));
const gaps = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 3_000 }),
  fc.integer({ min: 0, max: 40_000 }),
);
const amounts: fc.Arbitrary<Actual['amounts']> = fc.record(
  { outputTokens: fc.nat(700), moneyNanoUsd: fc.nat(400), requests: fc.nat(2), slots: fc.constant(1) },
  { requiredKeys: [] },
);
/** Slots and memory don't grow: the check of their caps after each step relies on it. */
const growth: fc.Arbitrary<Actual['amounts']> = fc.record(
  { outputTokens: fc.nat(700), moneyNanoUsd: fc.nat(400), requests: fc.nat(2) },
  { requiredKeys: [] },
);
const claims: fc.Arbitrary<Claim[]> = fc
  .tuple(
    fc.subarray(Object.keys(buckets) as (keyof typeof buckets)[], { minLength: 1 }),
    fc.nat(500),
    fc.option(fc.nat(60_000), { freq: 8 }),
  )
  .map(([names, size, blockedUntilMs]) =>
    names.map((name) => ({
      ...buckets[name],
      amount: name === 'slots' || name === 'requests' ? 1 : size,
      blockedUntilMs: name === 'output' ? blockedUntilMs : null,
    })),
  );
const holds = fc.record({
  requestId: ids,
  priority: fc.constantFrom<Priority>('critical', 'interactive', 'background', 'batch'),
  claims,
  ttlMs: fc.integer({ min: 1, max: 30_000 }),
  predictedNanoUsd: fc.constant(1),
});

function step<Input>(name: string, inputs: fc.Arbitrary<Input>, operation: (input: Input) => Operation) {
  return fc
    .tuple(gaps, inputs)
    .map(([afterMs, input]) => new Step(afterMs, `${name} ${fc.stringify(input)}`, operation(input)));
}

const hold = step(
  'hold',
  holds,
  (request) =>
    (ledger, { nowMs }) =>
      ledger.hold(request, nowMs),
);
const steps = [
  // Twice as often as anything else: what holds nothing tests nothing.
  hold,
  hold,
  step(
    'commit',
    fc.tuple(refs, fc.nat(30_000)),
    ([index, forMs]) =>
      (ledger, { nowMs, ref }) =>
        ledger.commit(ref(index), { target, expiresAtMs: nowMs + forMs }, nowMs),
  ),
  step(
    'renew',
    fc.tuple(refs, fc.nat(30_000)),
    ([index, forMs]) =>
      (ledger, { nowMs, ref }) =>
        ledger.renew(ref(index), nowMs + forMs, nowMs),
  ),
  step(
    'releasePrefill',
    fc.tuple(refs, amounts),
    ([index, left]) =>
      (ledger, { nowMs, ref }) =>
        ledger.releasePrefill(ref(index), left, nowMs),
  ),
  step(
    'settle',
    fc.tuple(refs, amounts),
    ([index, used]) =>
      (ledger, { nowMs, ref }) =>
        ledger.settle(ref(index), { amounts: used, estimated: false }, nowMs),
  ),
  step(
    'grow',
    fc.tuple(refs, growth),
    ([index, atLeast]) =>
      (ledger, { nowMs, ref }) =>
        ledger.grow(ref(index), atLeast, nowMs),
  ),
  step(
    'release',
    refs,
    (index) =>
      (ledger, { nowMs, ref }) =>
        ledger.release(ref(index), nowMs),
  ),
  step(
    'observe',
    fc.nat(700),
    (used) =>
      (ledger, { nowMs }) =>
        ledger.observe('rate/output', used, nowMs),
  ),
  step(
    'sweep',
    fc.constant(null),
    () =>
      (ledger, { nowMs }) =>
        ledger.sweep(nowMs),
  ),
];

/** `openLedger` gives an empty ledger each time. */
export function ledgerProperty(
  openLedger: () => Ledger,
): fc.IProperty<[Iterable<fc.Command<World, Ledger>>]> {
  return fc.property(fc.commands(steps, { maxCommands: 40 }), (commands) => {
    fc.modelRun(
      () => ({
        model: {
          specification: new LedgerSpecification(),
          nowMs: 1_000,
          refs: [{ leaseId: 'never', fence: 99 }],
        },
        real: openLedger(),
      }),
      commands,
    );
  });
}
