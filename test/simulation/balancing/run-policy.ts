/**
 * One policy through one trace in virtual time: calls come, wait for a slot of their route, are served, and the policy
 * hears of it. The measured latency is queue and service together, as the developer feels it.
 */
import type { Randomness } from '../base/randomness.ts';
import { Simulation } from '../base/simulation.ts';
import type { CreatePolicy, Policy } from './policies/policy.ts';
import type { Call } from './traces.ts';
import { ConversationCache, drawEpisodes, lawS, noise, Pace, price, routes, type Episode } from './world.ts';

/** What comes when; the same for every policy of a seed. */
export interface Workload {
  readonly seed: number;
  /** Conversations of closed traces with the time of their first call, or single streams of open ones. */
  readonly starts: readonly { readonly atS: number; readonly calls: readonly Call[] }[];
  /** Closed: the next call of a conversation comes its gap after the answer; open: its gap after the call before. */
  readonly loop: 'closed' | 'open';
  /** Per route; drawn at random when absent. */
  readonly episodes?: readonly (readonly Episode[])[];
  /** Chance that a call fails somewhere on its way and is made again; 0 when absent. */
  readonly failing?: number;
}

export interface Outcome {
  readonly latenciesS: Float64Array;
  /** Relative to a world without caching. */
  readonly cost: number;
}

/** For whoever watches a run: a route was chosen. */
export interface Choice {
  readonly route: number;
  readonly atS: number;
}

type Watch = (choice: Choice) => void;

interface Pending {
  readonly id: number;
  readonly call: Call;
  readonly noise: number;
  /** When the developer asked, whichever try this is. */
  readonly atS: number;
  /** When this try was sent to its route. */
  readonly sentS: number;
  readonly next: (() => void) | null;
}

const horizonS = 200_000;

export function runPolicy(create: CreatePolicy, workload: Workload, watch?: Watch): Outcome {
  const run = new Run(create, workload, watch);
  return run.outcome();
}

class Run {
  readonly #simulation: Simulation;
  readonly #failures: Randomness;
  readonly #policy: Policy;
  readonly #workload: Workload;
  readonly #watch: Watch | undefined;
  readonly #loads: { inFlight: number; readonly slots: number }[] = routes.map(({ slots }) => ({
    inFlight: 0,
    slots,
  }));
  readonly #running = routes.map(() => 0);
  readonly #queues: Pending[][] = routes.map(() => []);
  readonly #paces: readonly Pace[];
  readonly #caches = new Map<number, ConversationCache>();
  readonly #latencies: number[] = [];
  #nextId = 0;
  #spent = 0;
  #uncached = 0;

  constructor(create: CreatePolicy, workload: Workload, watch: Watch | undefined) {
    this.#simulation = new Simulation(workload.seed);
    const { random } = this.#simulation;
    this.#failures = random.fork('failures');
    this.#policy = create(random.fork('policy'));
    this.#workload = workload;
    this.#watch = watch;
    this.#paces = routes.map(
      (_, at) => new Pace(workload.episodes?.[at] ?? drawEpisodes(random.fork(`episodes ${at}`), horizonS)),
    );
  }

  outcome(): Outcome {
    this.#workload.starts.forEach(({ atS, calls }, index) => {
      const noises = this.#simulation.random.fork(`noise ${index}`);
      this.#simulation.after(atS * 1_000, () => this.#call(index, calls, 0, noises));
    });
    this.#simulation.run();
    return { latenciesS: Float64Array.from(this.#latencies).sort(), cost: this.#spent / this.#uncached };
  }

  #call(start: number, calls: readonly Call[], at: number, noises: Randomness): void {
    const call = calls[at]!;
    const following = calls[at + 1];
    const goOn =
      following === undefined
        ? null
        : () =>
            this.#simulation.after(following.gapS * 1_000, () => this.#call(start, calls, at + 1, noises));
    const isClosed = this.#workload.loop === 'closed';
    this.#arrive(isClosed ? start : call.conversation, call, noise(noises), isClosed ? goOn : null);
    if (!isClosed) goOn?.();
  }

  #arrive(conversation: number, call: Call, factor: number, next: (() => void) | null): void {
    const nowS = this.#nowS();
    this.#dispatch({ id: 0, call: { ...call, conversation }, noise: factor, atS: nowS, sentS: nowS, next });
  }

  #dispatch(asked: Pending): void {
    const nowS = this.#nowS();
    const { conversation, input } = asked.call;
    const pending = { ...asked, id: this.#nextId, sentS: nowS };
    this.#nextId += 1;
    const route = this.#policy.choose({ id: pending.id, conversation, input, nowS }, this.#loads);
    this.#watch?.({ route, atS: nowS });
    this.#loads[route]!.inFlight += 1;
    if (this.#running[route]! < this.#loads[route]!.slots) this.#serve(route, pending);
    else this.#queues[route]!.push(pending);
  }

  #serve(route: number, pending: Pending): void {
    const nowS = this.#nowS();
    const { call } = pending;
    this.#running[route]! += 1;
    const cache = this.#cacheOf(call.conversation);
    cache.onCall(call.cached);
    const cached = cache.hit(route, nowS);
    cache.served(route, nowS);
    this.#spent += price.write * (call.input - cached) + price.read * cached + price.output * call.output;
    this.#uncached += call.input + price.output * call.output;
    const speed = routes[route]!.speed * this.#paces[route]!.factor(nowS);
    const serviceS = (lawS(call, cached) / speed) * pending.noise;
    this.#policy.started?.(pending.id, nowS);
    const failed = this.#failures.chance(this.#workload.failing ?? 0);
    const tookS = failed ? serviceS * this.#failures.uniform() : serviceS;
    const served = { cached, failed, startedS: nowS, serviceS: tookS };
    this.#simulation.after(tookS * 1_000, () => this.#end(route, pending, served));
  }

  #end(
    route: number,
    pending: Pending,
    served: { cached: number; failed: boolean; startedS: number; serviceS: number },
  ): void {
    const nowS = this.#nowS();
    const { call, id, atS } = pending;
    this.#loads[route]!.inFlight -= 1;
    this.#running[route]! -= 1;
    const { conversation, input, output } = call;
    const { startedS, ...rest } = served;
    // Of this try: the time of earlier ones is no fault of this route.
    const queueS = startedS - pending.sentS;
    this.#policy.ended?.({ id, conversation, route, input, output, ...rest, queueS, nowS });
    const waiting = this.#queues[route]!.shift();
    if (waiting !== undefined) this.#serve(route, waiting);
    if (served.failed) this.#dispatch(pending);
    else {
      this.#latencies.push(nowS - atS);
      pending.next?.();
    }
  }

  #cacheOf(conversation: number): ConversationCache {
    const known = this.#caches.get(conversation) ?? new ConversationCache();
    this.#caches.set(conversation, known);
    return known;
  }

  #nowS(): number {
    return this.#simulation.clock.nowMs() / 1_000;
  }
}

/** The nearest rank of sorted values. */
export function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}
