/** Resources in words, for the card, the line and the errors. */
import type { AllocationView } from '@task-router/protocol';
import type { Allocated, Dimension, Priority, Shortfall, WeighedStrategy } from '../../engine/index.ts';
import { usdOf } from '../../engine/index.ts';
import { dollars } from './budget-book.ts';
import type { NamedBudget } from './budget-book.ts';

const rateWords: Readonly<Partial<Record<Dimension, string>>> = {
  requests: 'requests',
  tokens: 'tokens',
  inputTokens: 'input tokens',
  outputTokens: 'output tokens',
};

export interface ShortageWords {
  /** The node's name. */
  readonly label: string;
  readonly priority: Priority;
  readonly nowMs: number;
  readonly budget: NamedBudget | null;
  /** Held in that bucket by calls that run. */
  readonly held: number;
}

/** What is short, as one sentence. */
export function shortText(short: Shortfall, words: ShortageWords): string {
  const { dimension, limit, usable, used, needed, retryAfterMs } = short;
  const { label, priority, nowMs } = words;
  const heldBack = usable < limit ? `, of which ${priority} tasks may use ${count(usable)}` : '';
  switch (dimension) {
    case 'slots':
      return `${count(Math.min(used, limit))} of ${count(limit)} slots of ${label} are taken${heldBack}.`;
    case 'localMemoryBytes':
      return `${label} has too little memory left for another model.`;
    case 'moneyNanoUsd':
      return moneyText(short, words);
    default: {
      if (used + needed <= usable) {
        return `${label} asked to wait until ${clock(nowMs + (retryAfterMs ?? 0))}.`;
      }
      const what = rateWords[dimension] ?? dimension;
      const left = Math.max(0, usable - used);
      return `${label} allows ${count(limit)} ${what} a minute${heldBack}; ${count(left)} are left, ${count(needed)} are needed.`;
    }
  }
}

function moneyText({ limit, used, needed }: Shortfall, { budget, held }: ShortageWords): string {
  const left = dollars(usdOf(Math.max(0, limit - used)));
  const byOthers = held > 0 ? `, while tasks that run hold ${dollars(usdOf(held))}` : '';
  const name = budget?.name ?? dollars(usdOf(limit));
  return `The task may cost up to ${dollars(usdOf(needed))}, and ${left} of the budget of ${name} is left${byOthers}.`;
}

export function unknownPriceText(label: string, { name }: NamedBudget): string {
  return `Nobody knows what ${label} costs, so the hard budget of ${name} does not let the task pass.`;
}

/** What an attempt holds. */
export function heldWords({ allocated, constraints }: Allocated): string[] {
  const { slots, requests, inputTokens, outputTokens, tokens, moneyNanoUsd } = allocated;
  return [
    ...(slots === undefined
      ? []
      : [`${slots} slot${constraints.slots === null ? '' : ` of ${constraints.slots}`}`]),
    ...(requests === undefined ? [] : [`${requests} request`]),
    ...(inputTokens === undefined ? [] : [`${count(inputTokens)} input tokens`]),
    ...(outputTokens === undefined ? [] : [`${count(outputTokens)} output tokens`]),
    ...(tokens === undefined ? [] : [`${count(tokens)} tokens`]),
    ...(moneyNanoUsd === undefined ? [] : [`${dollars(usdOf(moneyNanoUsd))} of a budget`]),
  ];
}

export function strategyView(weighed: WeighedStrategy): AllocationView['strategies'][number] {
  return { ...weighed };
}

function count(units: number): string {
  return Math.round(units).toLocaleString('en-US');
}

/** From now on: `20 s`, `4 min`, `9 h 55 min`. */
export function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Local time of day. */
function clock(atMs: number): string {
  return new Date(atMs).toLocaleTimeString('en-GB');
}
