/**
 * Where calls get their resources: the ledger with everything around it that lives as long as the daemon. Whatever gives
 * something back passes through here, so that those who wait hear of it.
 */
import type { BudgetView, SpendView } from '@task-router/protocol';
import type { ConfigFile } from '../../config/config-file.ts';
import type { Allocated, Clock, Ledger, Shortfall } from '../../engine/index.ts';
import { spendByProvider, spentOf, usdOf } from '../../engine/index.ts';
import { Roster } from '../../platform/roster.ts';
import type { Store } from '../../store/store.ts';
import type { RouteHandle } from '../decide/facts.ts';
import type { Node } from '../nodes/node.ts';
import { budgetViews, configBudgets, momentOf } from './budget-book.ts';
import type { NamedBudget } from './budget-book.ts';
import { LiveLease } from './live-lease.ts';
import { OutputSizes } from './output-sizes.ts';
import { Questions } from './questions.ts';
import { Quotas } from './quotas.ts';
import { StoredState } from '../memory/stored-state.ts';
import { WaitingLine } from './waiting-line.ts';

export interface DeskParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly config: ConfigFile;
  /** Calls at once on a node, as its server or config.jsonc says; null: no limit known. */
  readonly slotsOf: (node: Node) => number | null;
  /** Longest first token of late on a server of this machine, for prompts about as long; null: nothing to go by. */
  readonly seenFirstTokenMs: (route: RouteHandle['facts'], inputTokens: number) => number | null;
  /** What is held, spent or left has changed. */
  readonly onChange: () => void;
}

const sweepEveryMs = 1_000;
const keptWarnings = 100;
/** Budgets of workspaces and tools that were seen, for the Spend view. */
const keptBudgets = 100;

export class ResourceDesk {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly quotas: Quotas;
  readonly outputs: OutputSizes;
  readonly line: WaitingLine;
  readonly questions = new Questions();
  readonly slotsOf: (node: Node) => number | null;
  readonly seenFirstTokenMs: DeskParts['seenFirstTokenMs'];
  readonly #config: ConfigFile;
  readonly #onChange: () => void;
  readonly #warned: StoredState<string>;
  readonly #ownBudgets = new Map<string, NamedBudget>();
  readonly #open = new Roster<LiveLease>();
  readonly #byNode = new Map<string, number>();
  readonly #byRoute = new Map<string, number>();
  readonly #stopListening: () => void;
  #sweeper: NodeJS.Timeout | null = null;
  #spend: SpendView | null = null;

  constructor({ store, clock, config, slotsOf, seenFirstTokenMs, onChange }: DeskParts) {
    this.slotsOf = slotsOf;
    this.seenFirstTokenMs = seenFirstTokenMs;
    this.clock = clock;
    this.ledger = store.ledger;
    this.quotas = new Quotas(store, clock);
    this.outputs = new OutputSizes(store, clock);
    this.line = new WaitingLine(clock);
    this.#config = config;
    this.#onChange = onChange;
    const isDay = (stored: unknown): string | null => (typeof stored === 'string' ? stored : null);
    this.#warned = new StoredState({ area: 'warnings', store, clock, keep: keptWarnings }, isDay);
    this.#stopListening = config.onDidChange(() => this.changed());
    // Leases of a daemon that was killed end by themselves; somebody has to look.
    this.#sweepWhileHeld();
  }

  inFlight(nodeId: string): number {
    return this.#byNode.get(nodeId) ?? 0;
  }

  inFlightOn(routeId: string): number {
    return this.#byRoute.get(routeId) ?? 0;
  }

  heldIn(bucketId: string): number {
    return this.ledger.bucket(bucketId, this.clock.nowMs())?.held ?? 0;
  }

  /** Takes over what was allocated on this route. */
  open(allocation: Allocated, { facts }: RouteHandle): LiveLease {
    count(this.#byNode, facts.nodeId, 1);
    count(this.#byRoute, facts.routeId, 1);
    this.#spend = null;
    this.#sweepWhileHeld();
    const lease = new LiveLease(allocation, {
      ledger: this.ledger,
      clock: this.clock,
      onEnd: () => {
        this.#open.delete(lease);
        count(this.#byNode, facts.nodeId, -1);
        count(this.#byRoute, facts.routeId, -1);
        this.changed();
      },
    });
    this.#open.add(lease);
    return lease;
  }

  /** Something was given back, or limits and budgets are others. */
  changed(): void {
    this.#spend = null;
    this.line.wake();
    this.questions.lookAgain();
    this.#onChange();
  }

  /** True the first time on a day for each soft budget that was gone over. */
  mayWarn({ bucketId }: Shortfall): boolean {
    const moment = momentOf(this.clock.nowMs());
    const today = new Date(moment.nowMs + moment.utcOffsetMinutes * 60_000).toISOString().slice(0, 10);
    if (this.#warned.get(bucketId) === today) return false;
    this.#warned.set(bucketId, today);
    return true;
  }

  /** So that the Spend view shows the budgets of workspaces and tools, too. */
  remember(budgets: readonly NamedBudget[]): void {
    for (const budget of budgets) {
      if (budget.scope !== 'user' && this.#ownBudgets.size < keptBudgets)
        this.#ownBudgets.set(budget.name, budget);
    }
  }

  spendView(): SpendView {
    return (this.#spend ??= this.#readSpend());
  }

  dispose(): void {
    this.#stopListening();
    this.line.dispose();
    if (this.#sweeper) clearInterval(this.#sweeper);
  }

  #readSpend(): SpendView {
    const nowMs = this.clock.nowMs();
    const start = new Date(nowMs);
    const todayMs = start.setHours(0, 0, 0, 0);
    const month = this.ledger.spend(start.setDate(1));
    const budgets: BudgetView[] = budgetViews(
      [...configBudgets(this.#config.current()), ...this.#ownBudgets.values()],
      this.ledger,
      nowMs,
    );
    const held = this.ledger.view(nowMs).leases.map(({ vector }) =>
      // One call is held once, however many budgets count it.
      Math.max(0, ...vector.map(({ dimension, charged }) => (dimension === 'moneyNanoUsd' ? charged : 0))),
    );
    return {
      atMs: nowMs,
      today: spentOf(this.ledger.spend(todayMs)),
      month: spentOf(month),
      heldUsd: usdOf(held.reduce((sum, nano) => sum + nano, 0)),
      budgets,
      providers: [...spendByProvider(month)],
    };
  }

  /** Looks after all leases, those of our own calls included; sleeps while nothing is held. */
  #sweepWhileHeld(): void {
    if (this.#sweeper !== null) return;
    this.#sweeper = setInterval(() => {
      const nowMs = this.clock.nowMs();
      for (const lease of this.#open.all()) lease.renewIfDue(nowMs);
      if (this.ledger.sweep(nowMs).length > 0) this.changed();
      if (this.ledger.view(nowMs).leases.length > 0 || this.#sweeper === null) return;
      clearInterval(this.#sweeper);
      this.#sweeper = null;
    }, sweepEveryMs);
    this.#sweeper.unref();
  }
}

/** A name without calls is forgotten, so that nodes that come and go leave nothing behind. */
function count(counts: Map<string, number>, name: string, change: 1 | -1): void {
  const next = (counts.get(name) ?? 0) + change;
  if (next === 0) counts.delete(name);
  else counts.set(name, next);
}
