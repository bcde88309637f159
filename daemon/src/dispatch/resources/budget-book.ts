/**
 * Which budgets a task is under, and what is left of them: those of config.jsonc, one for each layer of policy that caps
 * a day, and the task's own. All of them apply at once, so a workspace can only be stricter.
 */
import type { BudgetView, Config, PolicyLayer } from '@task-router/protocol';
import type { Budget, BudgetMoment, Claim, Ledger, ResourceNeeds } from '../../engine/index.ts';
import { budgetBucketId, budgetClaims, budgetResetsAtMs, nanoUsdOf, usdOf } from '../../engine/index.ts';

/** A budget with its name for people. */
export interface NamedBudget extends Budget {
  /** `$5.00 a day (config.jsonc)`. */
  readonly name: string;
}

export interface TaskBudgets {
  readonly taskId: string;
  readonly budgets: readonly NamedBudget[];
}

/** A key of the endpoint, with what may be spent through it. */
export interface ToolBudget {
  readonly keyId: string;
  readonly name: string;
  /** null: no limit of its own. */
  readonly dailyBudgetUsd: number | null;
}

export interface BudgetClaims {
  readonly claims: readonly Claim[];
  /** Hard ones that a call of unknown price must not pass. */
  readonly unknownPrice: readonly NamedBudget[];
}

export function configBudgets(config: Config): NamedBudget[] {
  return config.budgets.map(({ window, limitUsd, hard }) => ({
    ...{ scope: 'user', workspaceId: null, window, hard },
    limitNanoUsd: nanoUsdOf(limitUsd),
    name: `${dollars(limitUsd)} a ${window} (config.jsonc)`,
  }));
}

/** `policy` widest first, without the user level of config.jsonc, which `config` brings. */
export function budgetsOf(
  taskId: string,
  config: Config,
  task: {
    readonly policy: readonly PolicyLayer[];
    readonly maxCostUsd: number | null;
    readonly tool?: ToolBudget | undefined;
  },
): TaskBudgets {
  const layers: readonly PolicyLayer[] = [
    { level: 'user', name: 'config.jsonc', policy: config.policy },
    ...task.policy,
  ];
  const own: NamedBudget[] =
    task.maxCostUsd === null
      ? []
      : [
          {
            ...{ scope: 'user', workspaceId: null, window: 'task', hard: true },
            limitNanoUsd: nanoUsdOf(task.maxCostUsd),
            name: `${dollars(task.maxCostUsd)} for this task`,
          },
        ];
  const tools = task.tool === undefined ? [] : toolBudget(task.tool);
  return { taskId, budgets: [...configBudgets(config), ...layers.flatMap(layerBudget), ...tools, ...own] };
}

function toolBudget({ keyId, name, dailyBudgetUsd }: ToolBudget): NamedBudget[] {
  if (dailyBudgetUsd === null) return [];
  return [
    {
      ...{ scope: 'tool', workspaceId: keyId, window: 'day', hard: true },
      limitNanoUsd: nanoUsdOf(dailyBudgetUsd),
      name: `${dollars(dailyBudgetUsd)} a day (${name})`,
    },
  ];
}

function layerBudget({ level, name, policy }: PolicyLayer): NamedBudget[] {
  const limitUsd = policy.maxCostPerDayUsd;
  if (limitUsd === undefined) return [];
  const isUser = level === 'user';
  return [
    {
      scope: isUser ? 'user' : 'workspace',
      workspaceId: isUser ? null : `${level} ${name}`,
      window: 'day',
      hard: true,
      limitNanoUsd: nanoUsdOf(limitUsd),
      name: `${dollars(limitUsd)} a day (${isUser ? name : `${level} ${name}`})`,
    },
  ];
}

const noClaims: BudgetClaims = { claims: [], unknownPrice: [] };

/** Claims of one call. `waived` budgets were allowed once: they count, and stop nothing. */
export function claimsOnBudgets(
  { taskId, budgets }: TaskBudgets,
  needs: Pick<ResourceNeeds, 'predictedNanoUsd' | 'worstNanoUsd'>,
  at: { readonly nowMs: number; readonly waived: ReadonlySet<string> },
): BudgetClaims {
  if (budgets.length === 0) return noClaims;
  const moment = momentOf(at.nowMs);
  const claims: Claim[] = [];
  const unknownPrice: NamedBudget[] = [];
  for (const budget of budgets) {
    const hard = budget.hard && !at.waived.has(budget.name);
    const request = { ...moment, taskId, workspaceId: budget.workspaceId, ...needs };
    const check = budgetClaims([{ ...budget, hard }], request);
    claims.push(...check.claims);
    if (check.blockedByUnknownPrice.length > 0) unknownPrice.push(budget);
  }
  return { claims, unknownPrice };
}

/** The budget that a money bucket belongs to; of several that share it the lowest. */
export function budgetAt(
  { taskId, budgets }: TaskBudgets,
  bucketId: string,
  nowMs: number,
): NamedBudget | null {
  const sharing = budgets.filter(
    (budget) => budgetBucketId(budget, { ...momentOf(nowMs), taskId }) === bucketId,
  );
  return sharing.toSorted((a, b) => a.limitNanoUsd - b.limitNanoUsd)[0] ?? null;
}

export function resetsAtMs({ window }: Budget, nowMs: number): number | null {
  return budgetResetsAtMs(window, momentOf(nowMs));
}

/** Budgets with a window, and what was spent in it. */
export function budgetViews(budgets: readonly NamedBudget[], ledger: Ledger, nowMs: number): BudgetView[] {
  return budgets.flatMap((budget) => {
    const { window, scope, hard, limitNanoUsd, name } = budget;
    const ends = resetsAtMs(budget, nowMs);
    if (window === 'task' || ends === null) return [];
    const bucket = ledger.bucket(budgetBucketId(budget, { ...momentOf(nowMs), taskId: '' }), nowMs);
    return [
      {
        ...{ name, scope, window, hard },
        limitUsd: usdOf(limitNanoUsd),
        settledUsd: usdOf((bucket?.used ?? 0) - (bucket?.held ?? 0)),
        heldUsd: usdOf(bucket?.held ?? 0),
        resetsAtMs: ends,
      },
    ];
  });
}

export function momentOf(nowMs: number): BudgetMoment {
  return { nowMs, utcOffsetMinutes: -new Date(nowMs).getTimezoneOffset() };
}

/** US dollars for people; small amounts keep their digits. */
export function dollars(usd: number): string {
  return usd !== 0 && Math.abs(usd) < 0.01 ? `$${usd.toFixed(5)}` : `$${usd.toFixed(2)}`;
}
