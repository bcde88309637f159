/** The text of Copy Diagnostics: what a bug report needs, and nothing of tasks, keys or file names. Pure. */
import type { NodeView, ResultOf, TaskView, daemonRequests } from '@task-router/protocol';
import type { ConnectionState } from '../daemon/connection-state.ts';
import { redact } from '../platform/redact.ts';

export interface DiagnosticsFacts {
  readonly extensionVersion: string;
  readonly editor: string;
  readonly platform: string;
  readonly isRemote: boolean;
  readonly isTrusted: boolean;
  readonly connection: ConnectionState;
  readonly nodes: readonly NodeView[];
  readonly tasks: readonly TaskView[];
  readonly health: Pick<ResultOf<typeof daemonRequests.health>, 'daemon' | 'cache' | 'proxy'> | null;
  readonly demoRuns: boolean;
  /** Redacted wherever they appear. */
  readonly secrets: readonly string[];
}

export function diagnosticsText(facts: DiagnosticsFacts): string {
  const { connection, health } = facts;
  const report = {
    extension: facts.extensionVersion,
    editor: facts.editor,
    platform: facts.platform,
    remote: facts.isRemote,
    trusted: facts.isTrusted,
    connection: connection.type,
    connectionError: 'error' in connection ? `${connection.error.code}: ${connection.error.message}` : null,
    daemon: health?.daemon ?? null,
    cache: health?.cache ?? null,
    proxy: health?.proxy === undefined ? null : { ...health.proxy, noProxy: health.proxy.noProxy.length },
    demoFleet: facts.demoRuns,
    nodes: facts.nodes.map(nodeReport),
    tasks: facts.tasks.map(taskReport),
  };
  return redact(`${JSON.stringify(report, null, 2)}\n`, facts.secrets);
}

function nodeReport(node: NodeView): unknown {
  return {
    provider: node.provider,
    origin: node.origin,
    local: node.isLocal,
    demo: node.isDemo,
    access: node.access,
    keySource: node.keySource,
    routes: node.routes.map(({ routeId, state, stateReason, calls, successRate, firstTokenMs }) => ({
      routeId,
      state,
      stateReason,
      calls,
      successRate,
      firstTokenMs,
    })),
  };
}

/** Titles are what the developer typed: they stay out. */
function taskReport(task: TaskView): unknown {
  return {
    kind: task.kind,
    route: task.outcome?.route ?? task.decision?.route ?? null,
    status: task.outcome?.status ?? (task.error === null ? 'running' : 'failed'),
    error: task.error?.code ?? null,
    transitions: task.transitions.map(({ from, to, cause, mode }) => ({ from, to, cause, mode })),
    timings: task.outcome?.timings ?? null,
  };
}
