/** Resources in words, for the card, the line and the errors. */
import type { AllocationView } from '@task-router/protocol';
import type { Allocated, Dimension, Priority, Shortfall, WeighedStrategy } from '../../engine/index.ts';
import { usdOf } from '../../engine/index.ts';
import { amount } from './budget-book.ts';
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
}

/** What is short, as one sentence. */
export function shortText(short: Shortfall, words: ShortageWords): string {
  const { dimension, limit, usable, used, needed, retryAfterMs } = short;
  const { label, priority, nowMs, budget } = words;
  const heldBack = usable < limit ? `, of which ${priority} tasks may use ${count(usable)}` : '';
  switch (dimension) {
    case 'slots':
      return `${count(Math.min(used, limit))} of ${count(limit)} slots of ${label} are taken${heldBack}.`;
    case 'localMemoryBytes':
      return `${label} has too little memory left for another model.`;
    case 'moneyNanoUsd':
      return moneyText(short, budget);
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

function moneyText({ limit, used, needed }: Shortfall, budget: NamedBudget | null): string {
  const left = amount(usdOf(Math.max(0, limit - used)));
  const name = budget?.name ?? amount(usdOf(limit));
  return `The task may cost up to ${amount(usdOf(needed))}, and ${left} of the budget of ${name} is left.`;
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
    ...(moneyNanoUsd === undefined ? [] : [`${amount(usdOf(moneyNanoUsd))} of a budget`]),
  ];
}

export function strategyView(weighed: WeighedStrategy): AllocationView['strategies'][number] {
  return { ...weighed };
}

function count(units: number): string {
  return Math.round(units).toLocaleString('en-US');
}

/** Local time of day. */
function clock(atMs: number): string {
  return new Date(atMs).toLocaleTimeString('en-GB');
}
