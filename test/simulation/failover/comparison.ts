/** All policies in the same worlds, with the bars that ours is held to. */
import { median } from '../base/statistics.ts';
import { callsToNotice, falseAlarmsPer10k } from './detection.ts';
import { ours } from './ours.ts';
import { simulateOutage, type Outage } from './outage.ts';
import {
  envoyLike,
  litellmLike,
  resilience4jLike,
  retryOnly,
  specification,
  type Policy,
} from './policies.ts';

export const bars = {
  callsToNotice20: 50,
  falseAlarmsPer10k: 1,
  callsBurnt: 5,
  recoveryS: 90,
  benched: 0.001,
  /** At p95, in ten minutes under 5 % of errors. */
  transitions: 2,
};

export interface Sizes {
  /** Runs per error rate, calls for false alarms, and outages per kind. */
  readonly runs: number;
  readonly calls: number;
  readonly seeds: number;
}

export interface PolicyFigures {
  readonly policy: string;
  readonly callsToNotice20: { readonly p50: number; readonly p95: number };
  readonly callsToNotice30: { readonly p50: number; readonly p95: number };
  readonly falseAlarms1: number;
  readonly falseAlarms2: number;
  readonly refuses: Outages;
  readonly hangs: Outages;
  readonly partly: Outages;
}

/** Medians over the seeds; of the recovery 95 of 100, and the worst. */
export interface Outages extends Outage {
  readonly recoveryWorstS: number;
}

const policies: readonly Policy[] = [
  ours,
  specification,
  litellmLike,
  envoyLike,
  resilience4jLike,
  retryOnly,
];

export function compare(sizes: Sizes): PolicyFigures[] {
  return policies.map((policy) => ({
    policy: policy.name,
    callsToNotice20: callsToNotice(policy, 0.2, sizes.runs),
    callsToNotice30: callsToNotice(policy, 0.3, sizes.runs),
    falseAlarms1: falseAlarmsPer10k(policy, 0.01, sizes.calls),
    falseAlarms2: falseAlarmsPer10k(policy, 0.02, sizes.calls),
    refuses: outages(policy, 'refuses', sizes.seeds),
    hangs: outages(policy, 'hangs', sizes.seeds),
    partly: outages(policy, 'failsPartly', sizes.seeds),
  }));
}

function outages(policy: Policy, fault: Parameters<typeof simulateOutage>[1], seeds: number): Outages {
  const all = Array.from({ length: seeds }, (_, seed) => simulateOutage(policy, fault, seed + 1));
  const of = (name: keyof Outage) => median(all.map((outage) => outage[name]));
  const recoveries = all.map(({ recoveryS }) => recoveryS).sort((a, b) => a - b);
  return {
    burnt: of('burnt'),
    blind: of('blind'),
    visibleErrors: of('visibleErrors'),
    addedWaitS: of('addedWaitS'),
    recoveryS: recoveries[Math.min(seeds - 1, Math.floor(seeds * 0.95))]!,
    recoveryWorstS: recoveries.at(-1)!,
    amplification: of('amplification'),
    benched: of('benched'),
    passedOver: of('passedOver'),
  };
}
