/**
 * Which fault the next request gets.
 *
 * Appended faults are a queue and go first; below them lies the plan the server was started with: a queue, a
 * pattern that repeats, or a function. Two plans per server, because an outage of the answers and an outage of the
 * model list are different failures: `answers` for generations, `lookups` for everything else.
 */
import { faultSchema, noFault } from './faults.ts';
import type { Fault, FaultInput } from './faults.ts';

/** What a per-request function may look at. `index` counts the requests of this target, from 0. */
export interface FaultRequest {
  readonly index: number;
  readonly method: string;
  readonly path: string;
  readonly model: string | undefined;
  readonly stream: boolean;
}

/** A queue that is used up, a pattern that repeats, or a function of the request. */
export type FaultPlan =
  | readonly FaultInput[]
  | { readonly repeat: readonly FaultInput[] }
  | ((request: FaultRequest) => FaultInput);

export type FaultTarget = 'answers' | 'lookups' | 'all';

/** The faults of one target of one server. Throws a ZodError where a fault is not of the closed union. */
export class FaultSequence {
  #queue: Fault[] = [];
  #base: (request: FaultRequest) => FaultInput = () => noFault;
  #taken = 0;

  constructor(plan: FaultPlan = []) {
    this.replace(plan);
  }

  /** Puts faults at the end of the queue; they go before a pattern or a function. */
  append(faults: readonly FaultInput[]): void {
    this.#queue.push(...faults.map((fault) => faultSchema.parse(fault)));
  }

  /** Forgets everything and follows the new plan; a function sees requests counted from here. */
  replace(plan: FaultPlan): void {
    const { queue, base } = prepare(plan);
    this.#queue = queue;
    this.#base = base;
    this.#taken = 0;
  }

  /** The fault for this request; takes it from the queue. */
  next(request: Omit<FaultRequest, 'index'>): Fault {
    const index = this.#taken++;
    return this.#queue.shift() ?? faultSchema.parse(this.#base({ ...request, index }));
  }

  /** Faults that are still queued. */
  get queued(): number {
    return this.#queue.length;
  }
}

function prepare(plan: FaultPlan): { queue: Fault[]; base: (request: FaultRequest) => FaultInput } {
  if (typeof plan === 'function') return { queue: [], base: plan };
  if ('repeat' in plan) {
    const pattern = plan.repeat.map((fault) => faultSchema.parse(fault));
    return { queue: [], base: ({ index }) => pattern[index % pattern.length] ?? noFault };
  }
  return { queue: plan.map((fault) => faultSchema.parse(fault)), base: () => noFault };
}
