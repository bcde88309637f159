/** Waiting, shortages, budgets and spend as lines of text. */
import type {
  AllocationView,
  BudgetView,
  QueueView,
  QuotaView,
  Spent,
  SpendView,
} from '@task-router/protocol';
import { strategyWords } from '@task-router/protocol';
import { fitTable, formatMs, formatUsd, plural } from './format.ts';
import { plain } from './output.ts';

export function queueLine({
  position,
  waiting,
  reason,
  expectedWaitMs,
  untilMs,
  sinceMs,
}: QueueView): string {
  const wait = expectedWaitMs === null ? '' : `, about ${formatMs(expectedWaitMs)}`;
  const most = `at most ${formatMs(untilMs - sinceMs)}`;
  return `… waiting in line: place ${position} of ${waiting}${wait} (${most}). ${plain(reason)}`;
}

/** Empty where nothing was short: then there is nothing to tell. */
export function allocationLines({ summary, strategies }: AllocationView): string[] {
  if (strategies.length === 0) return [];
  return [
    `  resources: ${plain(summary)}`,
    ...strategies.map(
      ({ strategy, isChosen, isFeasible, reason }) =>
        `    ${isChosen ? '→' : isFeasible ? '·' : '–'} ${strategyWords[strategy]}: ${plain(reason)}`,
    ),
  ];
}

export function quotaLine(quota: QuotaView, group: string | undefined, nowMs: number): string {
  const { dimension, limit, remaining, resetsAtMs, source } = quota;
  const left = `${remaining ?? 'unknown'}${limit === null ? '' : ` of ${limit}`}`;
  const reset =
    resetsAtMs === null || resetsAtMs <= nowMs ? '' : `, again in ${formatMs(resetsAtMs - nowMs)}`;
  const shared = group === undefined ? '' : `, shared by ${plain(group)}`;
  return `  ${dimension} per minute: ${left} left${reset} (${source}${shared})`;
}

export function spendText(
  { today, month, heldUsd, budgets, providers, atMs }: SpendView,
  columns: number,
): string {
  return [
    `Today       ${spentText(today)}`,
    `This month  ${spentText(month)}`,
    ...(heldUsd > 0 ? [`Reserved    ${money(heldUsd)} by tasks that run`] : []),
    '',
    ...(budgets.length === 0
      ? ['No budget is set; "budgets" in config.jsonc sets one.']
      : [
          'Budgets',
          fitTable(
            budgets.map((budget) => budgetRow(budget, atMs)),
            columns,
          ),
        ]),
    ...(providers.length === 0
      ? []
      : [
          '',
          'Expected and charged, this month',
          fitTable(providers.map(driftRow), columns, { head: driftHeader }),
        ]),
  ].join('\n');
}

/** The sum with its error bar; calls of unknown price are counted, never shown as 0. */
function spentText({ settledUsd, plusMinusUsd, calls, unknownCalls }: Spent): string {
  const bar = plusMinusUsd === 0 ? '' : ` ± ${money(plusMinusUsd)}`;
  const rest = unknownCalls === 0 ? '' : `, and ${plural(unknownCalls, 'call')} of unknown price`;
  return `${money(settledUsd)}${bar} in ${plural(calls, 'call')}${rest}`;
}

function budgetRow(
  { name, hard, limitUsd, settledUsd, heldUsd, resetsAtMs }: BudgetView,
  nowMs: number,
): string[] {
  return [
    plain(name),
    hard ? 'stops tasks' : 'only warns',
    `${money(settledUsd)} of ${money(limitUsd)} spent`,
    heldUsd > 0 ? `${money(heldUsd)} reserved` : '',
    `starts over in ${formatMs(resetsAtMs - nowMs)}`,
  ];
}

const driftHeader = ['provider', 'calls', 'expected', 'charged', 'charged / expected'];

function driftRow(provider: SpendView['providers'][number]): string[] {
  const { ratio, isDrifting } = provider;
  return [
    plain(provider.provider),
    String(provider.calls),
    money(provider.predictedUsd),
    spentText(provider),
    ratio === null ? '–' : `${Math.round(ratio * 100)} %${isDrifting ? '  the estimates are off' : ''}`,
  ];
}

/** Sums: 0 is nothing spent, not "free". */
function money(usd: number): string {
  return usd === 0 ? '$0.00' : formatUsd(usd);
}
