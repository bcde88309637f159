/**
 * 200 callers at once on one hard budget, with the sizes and the cache of real calls, input estimates that are off, and
 * a tier for long prompts. Beside the ledger the rule that most gateways have: look at what is spent, count at the end.
 */
import {
  budgetClaims,
  costNanoUsd,
  createLedger,
  MemoryBook,
  nanoUsdOf,
  needsOf,
  type LeaseRef,
  OutputWindow,
  type PriceTable,
} from '@task-router/daemon/engine';
import { Simulation } from '../base/simulation.ts';
import { Caller, callMs, type Call } from './calls.ts';

export interface BudgetFigures {
  /** Spent over the budget, minus 1, at least 0. */
  readonly overshoot: number;
  /** Share of the budget that was spent when no call fitted any more. */
  readonly used: number;
  readonly calls: number;
  readonly shortened: number;
}

export interface BudgetWorld {
  readonly limitUsd: number;
  readonly callers: number;
  readonly seed: number;
}

interface BudgetRule {
  /** Longest answer, or null: not now. */
  start(callId: string, call: Estimated, nowMs: number): number | null;
  firstToken(callId: string, call: Estimated, nowMs: number): void;
  end(callId: string, call: Call, nowMs: number): void;
}

interface Estimated extends Call {
  readonly estimatedInput: number;
}

const table: PriceTable = {
  prices: { inputPerMTok: 3, outputPerMTok: 15, cacheReadPerMTok: 0.3, cacheWritePerMTok: 3.75 },
  longPrompt: {
    fromTokens: 200_000,
    prices: { inputPerMTok: 6, outputPerMTok: 22.5, cacheReadPerMTok: 0.6, cacheWritePerMTok: 7.5 },
  },
};
const mostOutput = 32_000;

export function runBudgetWorld(
  world: BudgetWorld,
  makeRule: (limitUsd: number) => BudgetRule,
): BudgetFigures {
  const simulation = new Simulation(world.seed);
  const now = () => simulation.clock.nowMs();
  const rule = makeRule(world.limitUsd);
  const seen = { spent: 0, calls: 0, shortened: 0 };
  const waiting: { readonly caller: Caller; readonly call: Estimated }[] = [];
  const errors = simulation.random.fork('input estimates');

  const begin = (caller: Caller) => {
    const call = caller.next();
    waiting.push({ caller, call: { ...call, estimatedInput: call.input * Math.exp(errors.normal(0, 0.1)) } });
    pump();
  };
  /** First come first served, and whoever does not fit waits: also for nothing, when the budget is used up. */
  const pump = () => {
    const next = waiting[0];
    const callId = String(seen.calls);
    const maxTokens = next ? rule.start(callId, next.call, now()) : null;
    if (!next || maxTokens === null) return;
    waiting.shift();
    seen.calls += 1;
    run(callId, next, maxTokens);
    pump();
  };
  const run = (callId: string, { caller, call }: (typeof waiting)[number], maxTokens: number) => {
    const output = Math.min(call.output, maxTokens);
    if (output < call.output) seen.shortened += 1;
    simulation.after(1_690, () => rule.firstToken(callId, call, now()));
    simulation.after(callMs({ ...call, output }), () => {
      seen.spent += costOf({ ...call, output });
      rule.end(callId, { ...call, output }, now());
      begin(caller);
    });
  };
  for (let index = 0; index < world.callers; index += 1) {
    begin(new Caller(simulation.random.fork(`caller ${index}`)));
  }
  simulation.run();
  const share = seen.spent / nanoUsdOf(world.limitUsd);
  return {
    overshoot: Math.max(0, share - 1),
    used: share,
    calls: seen.calls,
    shortened: seen.shortened / seen.calls,
  };
}

function costOf({ input, cached, output }: Call): number {
  return costNanoUsd(table, { input, output, cacheRead: cached, cacheWrite: input - cached });
}

/** Holds the worst case, gives back at the first token what the prompt did not cost, settles. */
export function ledgerBudget(limitUsd: number): BudgetRule {
  const ledger = createLedger(new MemoryBook());
  const refs = new Map<string, LeaseRef & { readonly maxTokens: number }>();
  const window = new OutputWindow();
  const budget = {
    scope: 'user',
    workspaceId: null,
    window: 'day',
    limitNanoUsd: nanoUsdOf(limitUsd),
    hard: true,
  } as const;
  return {
    start(callId, call, nowMs) {
      const needs = needsOf({
        inputTokens: call.estimatedInput,
        expectedOutputTokens: 400,
        outputs: window,
        maxOutputTokens: mostOutput,
        prices: table,
        isHard: true,
        localMemoryBytes: 0,
      });
      const { predictedNanoUsd, worstNanoUsd, maxTokens } = needs;
      const at = { nowMs, utcOffsetMinutes: 0, taskId: callId, workspaceId: null };
      const { claims } = budgetClaims([budget], { ...at, predictedNanoUsd, worstNanoUsd });
      const held = ledger.hold(
        { requestId: callId, priority: 'interactive', claims, ttlMs: 900_000, predictedNanoUsd },
        nowMs,
      );
      if (held.status !== 'held' || maxTokens === null) return null;
      const { leaseId, fence } = held.lease;
      refs.set(callId, { leaseId, fence, maxTokens });
      return maxTokens;
    },
    firstToken(callId, call, nowMs) {
      const ref = refs.get(callId)!;
      ledger.releasePrefill(ref, { moneyNanoUsd: costOf({ ...call, output: ref.maxTokens }) }, nowMs);
    },
    end(callId, call, nowMs) {
      const ref = refs.get(callId)!;
      refs.delete(callId);
      ledger.settle(ref, { amounts: { moneyNanoUsd: costOf(call) }, estimated: false }, nowMs);
      window.add(call.output, call.output >= ref.maxTokens);
    },
  };
}

/** Check, count at the end. */
export function countedBudget(limitUsd: number): BudgetRule {
  const limit = nanoUsdOf(limitUsd);
  let spent = 0;
  return {
    start: () => (spent < limit ? mostOutput : null),
    firstToken: () => undefined,
    end: (_, call) => {
      spent += costOf(call);
    },
  };
}
