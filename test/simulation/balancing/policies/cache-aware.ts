/** Policies that look at prompt caches: SGLang's and vLLM's cache-aware router, and llm-d's scorers 3/2/2. */
import { argmin, type CreatePolicy, type Load } from './policy.ts';

/** Tokens of a conversation's last prompt on each route, as a router that hashes prefixes would know them. */
class Prefixes {
  readonly #last = new Map<number, Map<number, number>>();
  readonly #trees = new Map<number, number>();

  share(conversation: number, input: number, route: number): number {
    return Math.min(input, this.#last.get(conversation)?.get(route) ?? 0) / Math.max(1, input);
  }

  treeSize(route: number): number {
    return this.#trees.get(route) ?? 0;
  }

  insert(conversation: number, input: number, route: number): void {
    const known = this.#last.get(conversation) ?? new Map<number, number>();
    this.#trees.set(route, this.treeSize(route) + Math.max(0, input - (known.get(route) ?? 0)));
    known.set(route, input);
    this.#last.set(conversation, known);
  }
}

/** Longest prefix above 0.3, else the smallest tree; the least loaded route when loads differ too much. */
export function sgLang(absolute: number): CreatePolicy {
  const threshold = 0.3;
  const relative = 1.5;
  return (random) => {
    const prefixes = new Prefixes();
    const pick = (conversation: number, input: number, loads: readonly Load[]) => {
      const counts = loads.map(({ inFlight }) => inFlight);
      const [low, high] = [Math.min(...counts), Math.max(...counts)];
      if (high - low > absolute && high > relative * low) return argmin(counts, random);
      const shares = loads.map((_, route) => prefixes.share(conversation, input, route));
      const best = argmin(
        shares.map((share) => -share),
        random,
      );
      if (shares[best]! > threshold) return best;
      return argmin(counts, random);
    };
    return {
      choose: ({ conversation, input }, loads) => {
        const route = pick(conversation, input, loads);
        prefixes.insert(conversation, input, route);
        return route;
      },
    };
  };
}

/** Weighted scorers: prefix 3, queue 2, use of memory 2 (here: of slots); the highest sum. */
export const llmD: CreatePolicy = (random) => {
  const prefixes = new Prefixes();
  return {
    choose: ({ conversation, input }, loads) => {
      const queues = loads.map(({ inFlight, slots }) => Math.max(0, inFlight - slots));
      const [low, high] = [Math.min(...queues), Math.max(...queues)];
      const route = argmin(
        loads.map(({ inFlight, slots }, at) => {
          const queue = high === low ? 1 : (high - queues[at]!) / (high - low);
          const free = 1 - Math.min(1, inFlight / slots);
          return -(3 * prefixes.share(conversation, input, at) + 2 * queue + 2 * free);
        }),
        random,
      );
      prefixes.insert(conversation, input, route);
      return route;
    },
  };
};
