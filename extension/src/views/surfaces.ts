/**
 * What stands in the window before anything has been used: two trees and one status item. Loaded at activation, so they
 * hold nothing themselves; the first look at a tree loads the rest of the extension.
 */
import {
  EventEmitter,
  StatusBarAlignment,
  window,
  type Disposable,
  type ProviderResult,
  type StatusBarItem,
  type TreeDataProvider,
  type TreeItem,
  type TreeView,
} from 'vscode';
import { commandIds, statusItemId, viewIds } from '../contributions.ts';

export interface TreeHandle {
  readonly view: TreeView<unknown>;
  refresh(): void;
}

export interface Surfaces extends Disposable {
  readonly health: TreeHandle;
  readonly tasks: TreeHandle;
  readonly status: StatusBarItem;
}

/** What the trees show, loaded when one of them is looked at. */
export interface TreeSources {
  readonly health: Source;
  readonly tasks: Source;
}

interface Source {
  getChildren(element?: never): ProviderResult<unknown[]>;
  getTreeItem(element: never): TreeItem | Thenable<TreeItem>;
}

export function createSurfaces(load: () => Promise<TreeSources>): Surfaces {
  const health = createTree(viewIds.health, async () => (await load()).health);
  const tasks = createTree(viewIds.tasks, async () => (await load()).tasks);
  const status = window.createStatusBarItem(statusItemId, StatusBarAlignment.Left);
  status.name = 'Task Router';
  status.text = '$(compass) Task Router';
  status.accessibilityInformation = { label: 'Task Router', role: 'button' };
  status.command = commandIds.showActions;
  status.show();
  return {
    health,
    tasks,
    status,
    dispose: () => {
      status.dispose();
      health.dispose();
      tasks.dispose();
    },
  };
}

function createTree(id: string, load: () => Promise<Source>): TreeHandle & Disposable {
  const changed = new EventEmitter<undefined>();
  const treeDataProvider: TreeDataProvider<never> = {
    onDidChangeTreeData: changed.event,
    // The elements are the source's own; in between they are opaque.
    getChildren: async (element) => (await (await load()).getChildren(element)) as never[] | null | undefined,
    getTreeItem: async (element) => (await load()).getTreeItem(element),
  };
  const view = window.createTreeView<never>(id, { treeDataProvider, showCollapseAll: id === viewIds.health });
  return {
    view,
    refresh: () => changed.fire(undefined),
    dispose: () => {
      view.dispose();
      changed.dispose();
    },
  };
}
