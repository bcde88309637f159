/** Policies that look at how long calls took: Peak-EWMA, C3, Prequal's hot-cold lexicographic rule, LiteLLM. */
import { median } from '../../base/statistics.ts';
import { argmin, latencyS, type CreatePolicy } from './policy.ts';

/** Finagle's: jumps to peaks, decays with `tauS`, two routes drawn at random, cost times what is pending. */
export function peakEwma(tauS: number): CreatePolicy {
  const penalty = 1e6;
  return (random) => {
    const averages = new Map<number, { value: number; atS: number }>();
    const observe = (route: number, value: number, nowS: number) => {
      const known = averages.get(route) ?? { value: 0, atS: nowS };
      const kept = Math.exp(-(nowS - known.atS) / tauS);
      const next = value > known.value ? value : known.value * kept + value * (1 - kept);
      averages.set(route, { value: next, atS: nowS });
      return next;
    };
    return {
      choose: ({ nowS }, loads) => {
        const cost = (route: number) => {
          const pending = loads[route]!.inFlight;
          const average = averages.has(route) ? observe(route, 0, nowS) : 0;
          return average === 0 && pending > 0 ? penalty + pending : average * (pending + 1);
        };
        const one = random.index(loads.length);
        const other = (one + 1 + random.index(loads.length - 1)) % loads.length;
        return cost(other) < cost(one) ? other : one;
      },
      ended: (call) => {
        if (!call.failed) observe(call.route, latencyS(call), call.nowS);
      },
    };
  };
}

/** C3's cubic score, with its queue estimate told in slots. */
export const c3: CreatePolicy = (random) => {
  const weight = 0.1;
  const responses = new Map<number, number>();
  const services = new Map<number, number>();
  const fold = (averages: Map<number, number>, route: number, value: number) => {
    const known = averages.get(route) ?? value;
    averages.set(route, known + weight * (value - known));
  };
  return {
    choose: (_, loads) =>
      argmin(
        loads.map(({ inFlight, slots }, route) => {
          const q = (1 + inFlight) / slots;
          const service = services.get(route) ?? 0;
          return (responses.get(route) ?? 0) - service + q ** 3 * service;
        }),
        random,
      ),
    ended: (call) => {
      if (call.failed) return;
      fold(responses, call.route, latencyS(call));
      fold(services, call.route, call.serviceS);
    },
  };
};

/** Prequal: cold routes by their median latency, and where all are hot the one with the least in flight. */
export const hotCold: CreatePolicy = (random) => {
  const quantileHot = 0.84;
  const keptReadings = 600;
  const keptLatencies = 9;
  const readings: number[] = [];
  const sorted: number[] = [];
  const read = (value: number) => {
    readings.push(value);
    sorted.splice(rank(sorted, value), 0, value);
    if (readings.length > keptReadings) sorted.splice(rank(sorted, readings.shift()!), 1);
  };
  const latencies = new Map<number, number[]>();
  return {
    choose: (_, loads) => {
      const used = loads.map(({ inFlight, slots }) => inFlight / slots);
      used.forEach(read);
      const threshold = sorted[Math.floor(quantileHot * (sorted.length - 1))]!;
      const isCold = used.map((each) => each <= threshold && each < 1);
      if (!isCold.includes(true)) return argmin(used, random);
      const medians = loads.map((__, route) => median(latencies.get(route) ?? [0]));
      return argmin(
        medians.map((each, route) => (isCold[route] ? each : Infinity)),
        random,
      );
    },
    ended: (call) => {
      if (call.failed) return;
      latencies.set(call.route, [...(latencies.get(call.route) ?? []), latencyS(call)].slice(-keptLatencies));
    },
  };
};

/** The first position of a sorted list whose value is not below. */
function rank(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** LiteLLM `latency-based-routing`: lowest mean of the last ten times per output token; new ones first. */
export const liteLlmLatency: CreatePolicy = (random) => {
  const kept = 10;
  const times = new Map<number, number[]>();
  return {
    choose: (_, loads) =>
      argmin(
        loads.map((__, route) => {
          const known = times.get(route) ?? [];
          return known.reduce((sum, time) => sum + time, 0) / Math.max(1, known.length);
        }),
        random,
      ),
    ended: (call) => {
      if (call.failed) return;
      const perToken = latencyS(call) / Math.max(1, call.output);
      times.set(call.route, [...(times.get(call.route) ?? []), perToken].slice(-kept));
    },
  };
};

/** The specification's score taken at its word; `pickS`: its variant that keeps a pick for each of three classes. */
export function specification(pickS: number | null): CreatePolicy {
  return (random) => {
    const weight = 0.3;
    const averages = new Map<number, number>();
    const picks = new Map<number, { route: number; untilS: number }>();
    return {
      choose: ({ id, nowS }, loads) => {
        const pick = picks.get(id % 3);
        if (pick !== undefined && nowS < pick.untilS) return pick.route;
        const slowest = Math.max(1e-9, ...averages.values());
        const route = argmin(
          loads.map(({ inFlight, slots }, at) => {
            const performance = 1 - (averages.get(at) ?? 0) / slowest;
            return -(0.4 + 0.3 * performance + 0.2 * (1 - inFlight / slots) + 0.1);
          }),
          random,
        );
        if (pickS !== null) picks.set(id % 3, { route, untilS: nowS + pickS });
        return route;
      },
      ended: (call) => {
        if (call.failed) return;
        const known = averages.get(call.route) ?? latencyS(call);
        averages.set(call.route, known + weight * (latencyS(call) - known));
      },
    };
  };
}
