/**
 * What follows from an alarm: it is kept, shown, and sets off its one action. The tests themselves, and the cool-down
 * between two alarms of a kind, are the engine's.
 */
import type { Alarm, Clock, TaskEnd } from '../../engine/index.ts';
import { burnAlarm } from '../../engine/index.ts';
import type { Logger } from '../../platform/logger.ts';
import type { DecisionRecord, OutcomeRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';

/** What the monitor may set off; each is a question or lets go of evidence, none takes a route away. */
export interface AlarmActions {
  readonly reprobe: (routeId: string) => void;
  readonly degrade: (routeId: string, evidence: string) => void;
  readonly resetPosterior: (routeId: string) => void;
  readonly refreshPrices: (routeId: string) => void;
}

export interface MonitorDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly actions: AlarmActions;
  readonly onChange: () => void;
}

/** Alarms shown; older ones are in the store. */
const shownAlarms = 50;
const burnWindow = 50;

export class Monitor {
  readonly #deps: MonitorDeps;
  #alarms: Alarm[];
  /** Newest first. */
  #ends: TaskEnd[];

  constructor(deps: MonitorDeps) {
    this.#deps = deps;
    const { history } = deps.store;
    this.#alarms = [...history.alarms(shownAlarms)];
    this.#ends = history.recentOutcomes(burnWindow).filter(counts).map(endOf);
  }

  /** Newest first. */
  get alarms(): readonly Alarm[] {
    return this.#alarms;
  }

  raise(alarm: Alarm): void {
    const { store, log, actions } = this.#deps;
    this.#alarms = [alarm, ...this.#alarms].slice(0, shownAlarms);
    store.saveAlarm(alarm);
    const { routeId, kind, evidence, action } = alarm;
    log.warn('a change was noticed', { routeId, kind, evidence, action });
    switch (action) {
      case 'reprobe':
        actions.reprobe(routeId);
        break;
      case 'degrade':
        actions.degrade(routeId, evidence);
        break;
      case 'resetPosterior':
        actions.resetPosterior(routeId);
        break;
      case 'refreshPrices':
        actions.refreshPrices(routeId);
        break;
      case 'tell':
        break;
    }
    this.#deps.onChange();
  }

  /** A task ended for the developer, after every failover. */
  taskEnded(outcome: OutcomeRecord): void {
    if (!counts(outcome)) return;
    this.#ends.unshift(endOf(outcome));
    if (this.#ends.length > burnWindow) this.#ends.pop();
    const last = this.#alarms.find(({ kind }) => kind === 'burn') ?? null;
    const alarm = burnAlarm(this.#ends, last);
    if (alarm !== null) this.raise(alarm);
  }

  forget(): void {
    this.#alarms = [];
    this.#ends = [];
  }
}

/** Chance that an answer of this route is graded good, as the decision saw it beforehand. */
export function expectedQuality({ input, selection }: DecisionRecord, routeId: string): number {
  const candidate = selection.candidates.find((each) => each.routeId === routeId);
  const learned = candidate?.eligible === true ? candidate.quality?.mean : undefined;
  return learned ?? input.routes.find((route) => route.routeId === routeId)?.capabilityPrior ?? 0.5;
}

/** A task that found no route at all is a matter of configuration, not of reliability. */
function counts({ status, errorCode }: OutcomeRecord): boolean {
  return (status === 'succeeded' || status === 'failed') && errorCode !== 'route.none';
}

function endOf({ status, endedAtMs }: OutcomeRecord): TaskEnd {
  return { failed: status === 'failed', atMs: endedAtMs };
}
