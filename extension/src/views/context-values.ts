/** The conditions that `when` clauses of the manifest may ask for, computed from what the window knows. Pure. */
import type { Snapshot } from '@task-router/protocol';
import { contextKeys } from '../contributions.ts';
import type { ConnectionState } from '../daemon/connection-state.ts';
import { isRunning } from '../session/carry-over.ts';
import { shownNodes } from './health-items.ts';

export type ContextValues = Readonly<
  Record<(typeof contextKeys)[keyof typeof contextKeys], string | boolean>
>;

export interface ContextFacts {
  readonly connection: ConnectionState;
  readonly snapshot: Snapshot | undefined;
  readonly hasStoredKey: boolean;
  readonly demoRuns: boolean;
}

export function contextValues({ connection, snapshot, hasStoredKey, demoRuns }: ContextFacts): ContextValues {
  const nodes = shownNodes(snapshot?.nodes ?? []);
  const tasks = snapshot?.tasks ?? [];
  return {
    [contextKeys.connection]: connection.type,
    [contextKeys.hasNodes]: nodes.length > 0,
    // A demo answers, but it is no model: the walkthrough's step stays open.
    [contextKeys.hasModel]: nodes.some(
      (node) => node.access === 'ready' && !node.isDemo && node.routes.length > 0,
    ),
    [contextKeys.hasKey]: hasStoredKey,
    [contextKeys.hasTask]: tasks.length > 0,
    [contextKeys.hasAnswer]: tasks.some((task) => task.outcome?.status === 'succeeded'),
    [contextKeys.running]: tasks.some(isRunning),
    [contextKeys.demoRunning]: demoRuns,
  };
}
