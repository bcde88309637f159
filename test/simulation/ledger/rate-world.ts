/**
 * Many callers on one output-token limit, each with its next call ready: the limit is what is short. Beside the rule's own
 * book stands a referee that knows nothing of reservations: a provider's bucket, charged with what was really written.
 */
import { Simulation } from '../base/simulation.ts';
import { Caller, callMs, writtenAfter, type Call } from './calls.ts';
import type { RateRule } from './rate-rules.ts';

export interface RateWorld {
  readonly limit: number;
  readonly callers: number;
  readonly calls: number;
  readonly seed: number;
}

export interface RateFigures {
  /** Tokens written over tokens allowed, while everybody was waiting and the first burst was over. */
  readonly throughput: number;
  /** Deepest debt of the rule's own book, in minutes of the limit. */
  readonly ownDebt: number;
  /** The same of a provider's bucket. */
  readonly providerDebt: number;
  /** Share of answers that a lowered limit cut short. */
  readonly shortened: number;
  readonly calls: number;
}

export function runRateWorld(world: RateWorld, makeRule: (limit: number) => RateRule): RateFigures {
  const { limit, callers, calls, seed } = world;
  const simulation = new Simulation(seed);
  const now = () => simulation.clock.nowMs();
  const rule = makeRule(limit);
  const referee = new Referee(limit);
  const waiting: { readonly caller: Caller; readonly call: Call }[] = [];
  const from = { atMs: 2 * 60_000, tokens: 0 };
  const seen = { started: 0, shortened: 0, tokens: 0, lastStartMs: 0, ownDebt: 0 };
  let wakeAtMs = Infinity;

  const begin = (caller: Caller) => {
    waiting.push({ caller, call: caller.next() });
    pump();
  };
  const pump = () => {
    while (waiting.length > 0 && seen.started < calls) {
      const started = rule.start(String(seen.started), now());
      if (typeof started === 'number') {
        askAgain(started);
        return;
      }
      run(waiting.shift()!, started.maxTokens);
      seen.ownDebt = Math.max(seen.ownDebt, (rule.level(now()) - limit) / limit);
    }
  };
  const askAgain = (waitMs: number) => {
    if (waitMs === Infinity || now() + waitMs >= wakeAtMs) return;
    const atMs = now() + waitMs;
    wakeAtMs = atMs;
    simulation.after(waitMs, () => {
      // An earlier one took its place meanwhile.
      if (wakeAtMs !== atMs) return;
      wakeAtMs = Infinity;
      pump();
    });
  };
  const run = ({ caller, call }: { caller: Caller; call: Call }, maxTokens: number | null) => {
    const callId = String(seen.started);
    seen.started += 1;
    seen.lastStartMs = now();
    const output = Math.min(call.output, maxTokens ?? Infinity);
    if (output < call.output) seen.shortened += 1;
    const renewals = Math.floor(callMs({ ...call, output }) / leaseRenewMs);
    for (let index = 1; index <= renewals; index += 1) {
      simulation.after(index * leaseRenewMs, () => {
        rule.grow(callId, writtenAfter((index + 1) * leaseRenewMs), now());
      });
    }
    simulation.after(callMs({ ...call, output }), () => {
      rule.end(callId, output, now());
      referee.charge(output, now());
      seen.ownDebt = Math.max(seen.ownDebt, (rule.level(now()) - limit) / limit);
      if (now() <= from.atMs) from.tokens += output;
      if (now() <= seen.lastStartMs || seen.started < calls) seen.tokens += output;
      begin(caller);
    });
  };

  for (let index = 0; index < callers; index += 1)
    begin(new Caller(simulation.random.fork(`caller ${index}`)));
  simulation.run();
  const minutes = (seen.lastStartMs - from.atMs) / 60_000;
  return {
    throughput: (seen.tokens - from.tokens) / (minutes * limit),
    ownDebt: seen.ownDebt,
    providerDebt: referee.debt,
    shortened: seen.shortened / calls,
    calls,
  };
}

/** As the engine renews leases. */
const leaseRenewMs = 5_000;

/** A provider's bucket: one minute deep, refilled without pause, charged with what was written. */
class Referee {
  readonly #limit: number;
  #level = 0;
  #atMs = 0;
  debt = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  charge(output: number, nowMs: number): void {
    this.#level = Math.max(0, this.#level - ((nowMs - this.#atMs) * this.#limit) / 60_000) + output;
    this.#atMs = nowMs;
    this.debt = Math.max(this.debt, (this.#level - this.#limit) / this.#limit);
  }
}
