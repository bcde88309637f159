/** Policies that look at counts only, or at nothing: random, rotation, two choices, least request, a hash. */
import { argmin, type CreatePolicy, type Load } from './policy.ts';

export const atRandom: CreatePolicy = (random) => ({
  choose: (_, loads) => random.index(loads.length),
});

export const roundRobin: CreatePolicy = () => {
  let next = 0;
  return {
    choose: (_, loads) => {
      next = (next + 1) % loads.length;
      return next;
    },
  };
};

/** LiteLLM `simple-shuffle`: a draw by weight, and the weights are the slots. */
export const liteLlmShuffle: CreatePolicy = (random) => ({
  choose: (_, loads) => {
    const slots = loads.reduce((sum, load) => sum + load.slots, 0);
    return random.pick(loads.map((load) => load.slots / slots));
  },
});

type Burden = (load: Load) => number;
export const inFlight: Burden = (load) => load.inFlight;
/** Envoy's weighted least request with bias 1. */
export const perSlot: Burden = (load) => (load.inFlight + 1) / load.slots;

/** The less loaded of two routes drawn at random. */
export function twoChoices(burden: Burden): CreatePolicy {
  return (random) => ({
    choose: (_, loads) => {
      const one = random.index(loads.length);
      const other = (one + 1 + random.index(loads.length - 1)) % loads.length;
      return burden(loads[other]!) < burden(loads[one]!) ? other : one;
    },
  });
}

/** A full scan for the least loaded route. */
export function leastRequest(burden: Burden): CreatePolicy {
  return (random) => ({ choose: (_, loads) => argmin(loads.map(burden), random) });
}

/** A conversation stays where its hash puts it. */
export const stickyHash: CreatePolicy = () => ({
  choose: ({ conversation }, loads) => (Math.imul(conversation + 1, 0x9e3779b1) >>> 8) % loads.length,
});
