/**
 * A developer's interactive tasks on a node, alone and beside a batch that never ends. Latency is the time in line and the
 * call. Beside the ledger's hold-back stand strict priorities without it and a plain line.
 */
import {
  createLedger,
  MemoryBook,
  nextInQueue,
  type LeaseRef,
  type Priority,
  type QueuedTask,
} from '@task-router/daemon/engine';
import { Simulation } from '../base/simulation.ts';
import { Caller, callMs, type Call } from './calls.ts';

export type QueueRule = 'hold-back ceilings' | 'priorities alone' | 'one line for all';

export interface PriorityFigures {
  readonly p95Ms: number;
  readonly tasks: number;
  readonly batchCalls: number;
}

export interface PriorityWorld {
  readonly slots: number;
  /** Share of the slots that interactive tasks keep busy by themselves. */
  readonly load: number;
  readonly tasks: number;
  readonly withBatch: boolean;
  readonly seed: number;
}

interface Waiting extends QueuedTask {
  readonly call: Call;
  readonly isBatch: boolean;
  readonly sinceMs: number;
  readonly done: () => void;
}

const meanCallMs = 8_850;

export function runPriorityWorld(world: PriorityWorld, rule: QueueRule): PriorityFigures {
  const simulation = new Simulation(world.seed);
  const now = () => simulation.clock.nowMs();
  const ledger = createLedger(new MemoryBook());
  let waiting: Waiting[] = [];
  const latencies: number[] = [];
  const count = { sequence: 0, batch: 0 };
  const slot = {
    bucketId: 'slots/n',
    dimension: 'slots',
    amount: 1,
    hard: true,
    blockedUntilMs: null,
  } as const;
  const priorityOf = (isBatch: boolean): Priority => (isBatch ? 'batch' : 'interactive');

  const enter = (call: Call, isBatch: boolean, done: () => void) => {
    count.sequence += 1;
    waiting.push({
      taskId: String(count.sequence),
      priority: rule === 'one line for all' ? 'interactive' : priorityOf(isBatch),
      sequence: count.sequence,
      waitsFor: rule === 'hold-back ceilings' ? [] : ['slots/n'],
      untilMs: Infinity,
      ...{ call, isBatch, done, sinceMs: now() },
    });
    pump();
  };
  const pump = () => {
    let lease: LeaseRef | null = null;
    const next = nextInQueue(waiting, ({ taskId, isBatch }) => {
      const priority = rule === 'hold-back ceilings' ? priorityOf(isBatch) : 'critical';
      const claims = [{ ...slot, limit: world.slots }];
      const held = ledger.hold(
        { requestId: taskId, priority, claims, ttlMs: 900_000, predictedNanoUsd: null },
        now(),
      );
      lease = held.status === 'held' ? held.lease : null;
      return lease !== null;
    });
    if (!next || !lease) return;
    run(next, lease);
    pump();
  };
  const run = (task: Waiting, lease: LeaseRef) => {
    waiting = waiting.filter((each) => each !== task);
    simulation.after(callMs(task.call) - 1_000, () => {
      ledger.settle(lease, { amounts: {}, estimated: false }, now());
      if (task.isBatch) count.batch += 1;
      else latencies.push(now() - task.sinceMs);
      task.done();
      pump();
    });
  };

  const arrivals = simulation.random.fork('arrivals');
  const developer = new Caller(simulation.random.fork('developer'));
  const gapMs = meanCallMs / (world.load * world.slots);
  const arrive = (left: number) => {
    if (left === 0) return;
    enter(developer.next(), false, () => undefined);
    simulation.after(arrivals.exponential(gapMs), () => arrive(left - 1));
  };
  arrive(world.tasks);
  if (world.withBatch) {
    for (let index = 0; index < 2 * world.slots; index += 1) {
      const caller = new Caller(simulation.random.fork(`batch ${index}`));
      const again = () => {
        if (latencies.length < world.tasks) enter(caller.next(), true, again);
      };
      again();
    }
  }
  simulation.run();
  latencies.sort((a, b) => a - b);
  return {
    p95Ms: latencies[Math.ceil(0.95 * latencies.length) - 1] ?? Number.NaN,
    tasks: latencies.length,
    batchCalls: count.batch,
  };
}
