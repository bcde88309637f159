/** Questions that the views ask of the state. Pure. */
import type { Candidate, NodeView, Snapshot, TaskView, Transition } from '@task-router/protocol';
import type { Sign } from '../words.ts';
import type { PanelState } from './panel-state.ts';

export type TaskPhase =
  | 'choosing'
  | 'queued'
  | 'asking'
  | 'waiting'
  | 'streaming'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'interrupted';

export const phaseSigns: Readonly<Record<TaskPhase, Sign>> = {
  choosing: { icon: 'loading', tone: 'info', text: 'Choosing a route' },
  queued: { icon: 'watch', tone: 'info', text: 'Waiting in line' },
  asking: { icon: 'shield', tone: 'warn', text: 'Waiting for your word' },
  waiting: { icon: 'loading', tone: 'info', text: 'Waiting for the first token' },
  streaming: { icon: 'loading', tone: 'info', text: 'Answering' },
  succeeded: { icon: 'pass', tone: 'good', text: 'Answered' },
  failed: { icon: 'error', tone: 'bad', text: 'Failed' },
  cancelled: { icon: 'circle-slash', tone: 'muted', text: 'Cancelled' },
  interrupted: { icon: 'debug-disconnect', tone: 'warn', text: 'Interrupted' },
};

export function phaseOf(task: TaskView): TaskPhase {
  if (task.outcome !== null) return task.outcome.status;
  if (task.error !== null) return 'failed';
  if (task.question !== undefined) return 'asking';
  if (task.queue !== undefined) return 'queued';
  if (task.decision === null) return 'choosing';
  return task.text === '' ? 'waiting' : 'streaming';
}

export function isRunning(task: TaskView): boolean {
  return task.outcome === null && task.error === null;
}

/** The selected task, else the newest; null without tasks. */
export function shownTask(state: PanelState): TaskView | null {
  const tasks = state.snapshot?.tasks ?? [];
  return tasks.find((task) => task.taskId === state.selectedTaskId) ?? tasks.at(-1) ?? null;
}

/** The route that answers, answered, or was tried last. */
export function currentRoute(task: TaskView): string | null {
  return task.outcome?.route ?? task.transitions.at(-1)?.to ?? task.decision?.route ?? null;
}

export function candidateOf(task: TaskView, route: string | null): Candidate | null {
  return task.decision?.candidates.find((candidate) => candidate.route === route) ?? null;
}

/** A route's name for people: the model's label where it is known, else the id. A demo server is always called one. */
export function routeLabel(task: TaskView, route: string): string {
  const candidate = candidateOf(task, route);
  if (candidate === null) return route;
  const saysSo = /\bdemo\b/i.test(candidate.label);
  return candidate.isDemo && !saysSo ? `${candidate.label} (demo)` : candidate.label;
}

export interface RankedCandidates {
  readonly eligible: readonly Candidate[];
  readonly rejected: readonly Candidate[];
}

/** In the order of the decision, eligible ones apart from rejected ones. */
export function ranked(candidates: readonly Candidate[]): RankedCandidates {
  return {
    eligible: candidates.filter((candidate) => candidate.rejected === null),
    rejected: candidates.filter((candidate) => candidate.rejected !== null),
  };
}

/** Routes on which a finished task can be tried again, best first. */
export function alternatives(task: TaskView): readonly Candidate[] {
  const current = currentRoute(task);
  const candidates = task.decision?.candidates ?? [];
  return candidates.filter((candidate) => candidate.rejected === null && candidate.route !== current);
}

export interface Failover {
  readonly task: TaskView;
  readonly transition: Transition;
}

/** Every transition of the kept tasks, newest first. */
export function failovers(snapshot: Snapshot): readonly Failover[] {
  return snapshot.tasks
    .flatMap((task) => task.transitions.map((transition) => ({ task, transition })))
    .sort((a, b) => b.transition.atMs - a.transition.atMs);
}

/** The editor is always there; without a model to lend it is no place that serves models. */
export function shownNodes(nodes: readonly NodeView[]): NodeView[] {
  return nodes.filter((node) => node.provider !== 'editor' || node.routes.length > 0);
}

export function hasReadyModel(nodes: readonly NodeView[]): boolean {
  return nodes.some((node) => node.access === 'ready' && node.routes.length > 0);
}

export interface NodeTotals {
  readonly inFlight: number;
  readonly spentUsd: number;
  /** Some calls have an unknown price, so the sum is a lower bound. */
  readonly isLowerBound: boolean;
  /** Every route is known to cost nothing. */
  readonly isFree: boolean;
}

export function nodeTotals(node: NodeView): NodeTotals {
  return {
    inFlight: node.routes.reduce((sum, route) => sum + route.inFlight, 0),
    spentUsd: node.routes.reduce((sum, route) => sum + route.spentUsd, 0),
    isLowerBound: node.routes.some((route) => route.prices === null && route.calls > 0),
    isFree: node.routes.length > 0 && node.routes.every(isFree),
  };
}

export function isFree(route: NodeView['routes'][number]): boolean {
  return route.prices?.inputPerMTok === 0 && route.prices.outputPerMTok === 0;
}

/** A task by its first words, after the tool that sent it where another did. */
export function taskName({ title, tool }: Pick<TaskView, 'title' | 'tool'>): string {
  return tool === undefined ? title : `${tool} · ${title}`;
}
