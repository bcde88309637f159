/**
 * What ours is measured against: the rules of the systems that developers use, with their published defaults, and the
 * specification to the letter. Each sees a stream of outcomes per route and says whether a route may be called.
 *
 * Envoy: 5 errors in a row, out for 30 s times the count. LiteLLM: more than half of the last minute's calls and at least
 * five, out for 5 s. resilience4j: half of the last hundred, out for 60 s, then ten trial calls. Specification: more than
 * 5 % of the last hundred calls, out for 60 s (it names no time; this one is usual).
 */

/** One route's breaker. Times in ms. */
export interface Breaker {
  /** Whether the route may be called now. */
  mayCall(nowMs: number): boolean;
  /** Whether others come first for now, though it may be called; absent: never. */
  isPassedOver?(nowMs: number): boolean;
  /** Returns true when this outcome raised the alarm. `hung`: it failed by its timeout. */
  observe(failed: boolean, nowMs: number, hung?: boolean): boolean;
}

export interface Policy {
  readonly name: string;
  readonly create: (world: BreakerWorld) => Breaker;
}

/** What a breaker may use of its world: time to probe in, and luck. Only ours probes. */
export interface BreakerWorld {
  /** 0..1. */
  readonly uniform: () => number;
  /** Asks for a probe out of band after so many ms; its result comes back. */
  readonly probeAfter: (ms: number, result: (answered: boolean, nowMs: number) => void) => void;
}

export const retryOnly: Policy = {
  name: 'retry only',
  create: () => ({ mayCall: () => true, observe: () => false }),
};

export const specification: Policy = {
  name: 'specification',
  create: () =>
    windowBreaker({ size: 100, isAlarm: (failed, calls) => failed / calls > 0.05, outMs: 60_000 }),
};

export const litellmLike: Policy = {
  name: 'LiteLLM-like',
  create: () =>
    windowBreaker({
      // A minute at a developer's busiest pace, as the reference set-up has it.
      size: 20,
      isAlarm: (failed, calls) => calls >= 5 && failed / calls > 0.5,
      outMs: 5_000,
    }),
};

export const resilience4jLike: Policy = {
  name: 'resilience4j-like',
  create: () =>
    windowBreaker({
      size: 100,
      isAlarm: (failed, calls) => calls >= 100 && failed / calls >= 0.5,
      outMs: 60_000,
      trials: 10,
    }),
};

export const envoyLike: Policy = {
  name: 'Envoy-like',
  create: () => {
    let [row, ejections, untilMs] = [0, 0, 0];
    return {
      mayCall: (nowMs) => nowMs >= untilMs,
      observe(failed, nowMs) {
        row = failed ? row + 1 : 0;
        if (row < 5) return false;
        row = 0;
        ejections += 1;
        untilMs = nowMs + Math.min(300_000, 30_000 * ejections);
        return true;
      },
    };
  },
};

interface WindowRule {
  readonly size: number;
  readonly isAlarm: (failed: number, calls: number) => boolean;
  readonly outMs: number;
  /** Calls let through after the time out, judged together; absent: all come back at once. */
  readonly trials?: number;
}

function windowBreaker({ size, isAlarm, outMs, trials = 0 }: WindowRule): Breaker {
  let outcomes: boolean[] = [];
  let untilMs = 0;
  let trialsLeft = 0;
  const open = (nowMs: number): true => {
    outcomes = [];
    untilMs = nowMs + outMs;
    trialsLeft = trials;
    return true;
  };
  return {
    mayCall: (nowMs) => nowMs >= untilMs,
    observe(failed, nowMs) {
      outcomes = [...outcomes, failed].slice(-size);
      const failures = outcomes.filter(Boolean).length;
      if (trialsLeft > 0) {
        trialsLeft -= 1;
        if (trialsLeft > 0) return false;
        return failures * 2 >= trials ? open(nowMs) : false;
      }
      return isAlarm(failures, outcomes.length) ? open(nowMs) : false;
    },
  };
}
