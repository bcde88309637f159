/**
 * `allocateResources`: may this call start now, and with how much? One dimension so far, the slots of a node, and the
 * timeouts that follow from the prediction. Rates, money and local memory join with the issue on allocation; the
 * result then carries more, and a shortage has more bottlenecks to name.
 */
import { timeouts } from '../config.ts';
import { clamp } from '../math/clamp.ts';
import type { Expected, Priority } from '../model.ts';
import { callTimeouts, type CallTimeouts } from './timeouts.ts';

export interface AllocationRequest {
  readonly routeId: string;
  readonly nodeId: string;
  readonly priority: Priority;
  /** As the decision's candidate has it. */
  readonly expected: Expected;
  /** What is left of the task's time, in ms; null: no deadline. */
  readonly deadlineMs: number | null;
  /** True for a server on this machine that may have to load the model first: its first token gets the most time. */
  readonly mayLoadModel?: boolean;
  /** How long that load should take, in ms, when the server says that the model is not in memory; absent: 0. */
  readonly coldStartMs?: number;
  /** Expected writing speed, for the stall timer; absent or null: unknown. */
  readonly tokensPerSecond?: number | null;
}

/** The node's slots at this instant. */
export interface AvailableResources {
  readonly inFlight: number;
  /** null: no limit known. */
  readonly slots: number | null;
}

export type Allocation =
  | ({
      readonly status: 'allocated';
      readonly allocated: { readonly routeId: string; readonly nodeId: string; readonly slots: number };
      /** Within what the call has to stay. */
      readonly constraints: { readonly slots: number | null; readonly deadlineMs: number | null };
      readonly priority: Priority;
    } & CallTimeouts)
  | {
      readonly status: 'shortage';
      readonly bottleneck: 'slots';
      /** When a slot is expected to be free. */
      readonly retryAfterMs: number;
    };

/** Answers from the numbers given and holds nothing itself: `createSlotLedger` counts what is held. */
export function allocateResources(request: AllocationRequest, available: AvailableResources): Allocation {
  const { slots, inFlight } = available;
  if (slots !== null && inFlight >= slots) {
    return {
      status: 'shortage',
      bottleneck: 'slots',
      retryAfterMs: retryAfterMs(request.expected, inFlight),
    };
  }
  const { routeId, nodeId, priority, expected, deadlineMs } = request;
  return {
    status: 'allocated',
    allocated: { routeId, nodeId, slots: 1 },
    constraints: { slots, deadlineMs },
    priority,
    ...callTimeouts({
      expected,
      deadlineMs,
      mayLoadModel: request.mayLoadModel ?? false,
      coldStartMs: request.coldStartMs ?? 0,
      tokensPerSecond: request.tokensPerSecond ?? null,
    }),
  };
}

/** `n` calls under way, each equally likely at any point of its time: the first is done after 1/(n+1) of one. */
function retryAfterMs({ totalMs }: Expected, inFlight: number): number {
  return Math.round(
    clamp(totalMs / (Math.max(0, inFlight) + 1), timeouts.retryAfterMinMs, timeouts.retryAfterMaxMs),
  );
}
