/** What the two trees show: nodes with their routes below problems of the configuration, and this window's tasks. */
import type { TreeDataProvider, TreeItem } from 'vscode';
import type {
  ConfigProblem,
  EndpointKeyView,
  EndpointView,
  NodeView,
  RouteView,
  Snapshot,
  TaskView,
} from '@task-router/protocol';
import { commandIds } from '../contributions.ts';
import type { SessionStore } from '../session/session-store.ts';
import { endpointItem, endpointKeyItem } from './endpoint-items.ts';
import { distinctLabels } from './distinct-labels.ts';
import { nodeItem, problemItem, routeItem, shownNodes } from './health-items.ts';
import { orderedTasks, taskItem } from './task-items.ts';
import type { Shown } from './redraws.ts';
import { treeItem, type TreeItemPlace } from './tree-item.ts';

export type HealthElement =
  | { readonly type: 'problem'; readonly problem: ConfigProblem; readonly index: number }
  | { readonly type: 'endpoint'; readonly endpoint: EndpointView }
  | { readonly type: 'key'; readonly key: EndpointKeyView }
  | { readonly type: 'node'; readonly node: NodeView }
  | { readonly type: 'route'; readonly route: RouteView; readonly of: NodeView; readonly label: string };

/** A provider whose change event belongs to whoever shows it. */
export type TreeSource<T> = Pick<TreeDataProvider<T>, 'getChildren' | 'getTreeItem'>;

export interface HealthOptions {
  readonly store: SessionStore;
  /** Connects in the background, and settles when there is something to show. */
  readonly ready: () => Promise<void>;
  /** False when the daemon is down for good: what was known of its nodes is then no news, and the ways on are shown. */
  readonly isAlive: () => boolean;
}

export function healthSource({ store, ready, isAlive }: HealthOptions): TreeSource<HealthElement> {
  return {
    getTreeItem: healthTreeItem,
    getChildren: async (element) => {
      if (element === undefined) {
        await ready();
        if (!isAlive()) return [];
        const { nodes = [], configProblems = [], daemon } = store.snapshot ?? {};
        const endpoint = daemon?.endpoint;
        return [
          ...configProblems.map((problem, index) => ({ type: 'problem', problem, index }) as const),
          ...shownNodes(nodes).map((node) => ({ type: 'node', node }) as const),
          ...(endpoint?.enabled === true ? [{ type: 'endpoint', endpoint } as const] : []),
        ];
      }
      switch (element.type) {
        case 'node':
          return routeElements(element.node);
        case 'endpoint':
          return element.endpoint.keys.map((key) => ({ type: 'key', key }) as const);
        default:
          return [];
      }
    },
  };
}

/** What the Health tree shows of all this, to tell when it has to be drawn anew. */
export function healthShown(snapshot: Snapshot | undefined, connection: string): Shown {
  const { nodes = [], configProblems = [], daemon }: Partial<Snapshot> = snapshot ?? {};
  const endpoint = daemon?.endpoint;
  const rows = [
    ...[connection, configProblems],
    ...[endpoint?.enabled, endpoint?.address, endpoint?.problem, endpoint?.keys.map(({ id }) => id)],
    ...nodes.map(({ nodeId, label, access, keySource, held, routes }) => [
      ...[nodeId, label, access, keySource, held],
      ...routes.map(({ routeId, label: model, state }) => [routeId, model, state]),
    ]),
  ];
  return {
    rows: JSON.stringify(rows),
    everything: () => JSON.stringify([nodes, configProblems, endpoint]),
  };
}

function routeElements(node: NodeView): HealthElement[] {
  const labels = distinctLabels(node.routes.map(({ label }) => label));
  return node.routes.map((route, index) => ({
    ...({ type: 'route', route, of: node } as const),
    label: labels[index] ?? route.label,
  }));
}

/** More rows than this would push every other node out of sight; they are one click away. */
const mostOpenRows = 12;

function expansion(rows: number): Pick<TreeItemPlace, 'expansion'> {
  if (rows === 0) return {};
  return { expansion: rows <= mostOpenRows ? 'open' : 'closed' };
}

function healthTreeItem(element: HealthElement): TreeItem {
  switch (element.type) {
    case 'problem':
      return treeItem(problemItem(element.problem), {
        id: `problem:${element.index}`,
        command: { command: commandIds.openConfig, title: 'Open Configuration' },
      });
    case 'node':
      return treeItem(nodeItem(element.node), {
        id: `node:${element.node.nodeId}`,
        ...expansion(element.node.routes.length),
      });
    case 'endpoint':
      return treeItem(endpointItem(element.endpoint), {
        id: 'endpoint',
        ...expansion(element.endpoint.keys.length),
      });
    case 'key':
      return treeItem(endpointKeyItem(element.key), { id: `key:${element.key.id}` });
    case 'route':
      return treeItem(routeItem(element.route, element.of, element.label), {
        id: `route:${element.route.routeId}`,
      });
  }
}

/** The same of the Tasks tree. Tasks of other tools come by the second, and are theirs to cancel or to ask again. */
export function tasksShown(tasks: readonly TaskView[], connection: string): Shown {
  const shown = (some: readonly TaskView[]) =>
    JSON.stringify([connection, some.map((task) => [task.taskId, taskItem(task)])]);
  return {
    rows: shown(tasks.filter(({ tool }) => tool === undefined)),
    everything: () => shown(tasks),
  };
}

export function tasksSource(store: SessionStore, ready: () => Promise<void>): TreeSource<TaskView> {
  return {
    getTreeItem: (task): TreeItem =>
      treeItem(taskItem(task), {
        id: `task:${task.taskId}`,
        command: { command: commandIds.selectTask, title: 'Show Task', arguments: [task.taskId] },
      }),
    getChildren: async (element): Promise<TaskView[]> => {
      if (element !== undefined) return [];
      await ready();
      return orderedTasks(store.tasks);
    },
  };
}
