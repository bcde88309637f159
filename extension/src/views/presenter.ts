/** Keeps everything outside the panel current: trees, status item, `when` conditions. Deltas change none of them. */
import { commands, type MarkdownString, type StatusBarItem } from 'vscode';
import { commandIds } from '../contributions.ts';
import type { ConnectionState } from '../daemon/connection-state.ts';
import { Disposables } from '../platform/disposables.ts';
import type { Listen } from '../platform/emitter.ts';
import { withoutIcons } from '../platform/format.ts';
import type { SessionStore, StoreChange } from '../session/session-store.ts';
import { contextValues, type ContextFacts } from './context-values.ts';
import { Redraws } from './redraws.ts';
import type { Surfaces } from './surfaces.ts';
import { statusData } from './task-items.ts';
import { detailsMarkdown } from './tree-item.ts';
import { healthShown, tasksShown } from './trees.ts';

export interface PresenterOptions {
  readonly surfaces: Surfaces;
  readonly store: SessionStore;
  readonly connection: { readonly state: ConnectionState; readonly onDidChange: Listen<ConnectionState> };
  /** The rest of what `when` conditions depend on. */
  readonly facts: () => Pick<ContextFacts, 'hasStoredKey' | 'demoRuns'>;
}

/** Figures of routes are for a look now and then; of another tool's tasks one wants to see that they go on. */
const healthEveryMs = 5_000;
const tasksEveryMs = 1_000;

export class Presenter {
  readonly #options: PresenterOptions;
  readonly #disposables = new Disposables();
  readonly #health: Redraws;
  readonly #tasks: Redraws;
  readonly #shown = new Map<string, string | boolean>();

  constructor(options: PresenterOptions) {
    this.#options = options;
    const { health, tasks } = options.surfaces;
    this.#health = this.#disposables.add(new Redraws(() => health.refresh(), healthEveryMs));
    this.#tasks = this.#disposables.add(new Redraws(() => tasks.refresh(), tasksEveryMs));
    this.#disposables.add(options.store.onDidChange((change) => this.#onChange(change)));
    this.#disposables.add(
      options.connection.onDidChange(() => {
        this.#refreshHealth();
        this.#refreshTasks();
        this.update();
      }),
    );
    this.update();
  }

  /** Brings status item and conditions up to date. */
  update(): void {
    const { surfaces, store, connection, facts } = this.#options;
    showStatus(surfaces.status, connection.state, store);
    const values = contextValues({ connection: connection.state, snapshot: store.snapshot, ...facts() });
    for (const [key, value] of Object.entries(values)) {
      if (this.#shown.get(key) === value) continue;
      this.#shown.set(key, value);
      void commands.executeCommand('setContext', key, value);
    }
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #onChange(change: StoreChange): void {
    const type = change.type === 'event' ? change.event.event.type : 'snapshot';
    switch (type) {
      case 'delta':
      case 'allocation':
      case 'spend':
      case 'budgetWarning':
        return;
      case 'health':
      case 'config':
        this.#refreshHealth();
        break;
      case 'snapshot':
        this.#refreshHealth();
        this.#refreshTasks();
        break;
      case 'historyCleared':
      case 'taskStarted':
      case 'decision':
      case 'queued':
      case 'question':
      case 'transition':
      case 'outcome':
      case 'error':
        this.#refreshTasks();
        break;
    }
    this.update();
  }

  #refreshHealth(): void {
    const { connection, store } = this.#options;
    this.#health.request(healthShown(store.snapshot, connection.state.type));
  }

  #refreshTasks(): void {
    const { connection, store } = this.#options;
    this.#tasks.request(tasksShown(store.tasks, connection.state.type));
  }
}

/** The commands that the hover may run; anything else in it stays inert. */
const hoverCommands = [
  [commandIds.showPanel, 'Open panel'],
  [commandIds.showHealth, 'Health'],
  [commandIds.showLog, 'Log'],
] as const;

function showStatus(item: StatusBarItem, connection: ConnectionState, store: SessionStore): void {
  const { icon, text, details, spoken } = statusData(connection, store.tasks);
  item.text = `$(${icon}) ${withoutIcons(text)}`;
  item.tooltip = withLinks(detailsMarkdown('Task Router', details));
  item.accessibilityInformation = { label: spoken, role: 'button' };
}

function withLinks(text: MarkdownString): MarkdownString {
  text.isTrusted = { enabledCommands: hoverCommands.map(([command]) => command) };
  const links = hoverCommands.map(([command, title]) => `[${title}](command:${command})`);
  return text.appendMarkdown(`\n\n${links.join(' · ')}`);
}
