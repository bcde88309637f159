/**
 * The panel beside the editor. The page is a pure view: it never talks to the daemon, asks for a snapshot whenever it
 * comes into view, and follows events from there. What it sends is checked against a closed list.
 */
import { randomBytes } from 'node:crypto';
import { Uri, ViewColumn, window, type Disposable, type WebviewPanel } from 'vscode';
import { limits, type PanelCommand, type PanelUpdate } from '@task-router/protocol';
import * as z from 'zod';
import { panelType } from '../contributions.ts';
import { panelConnection, type ConnectionState } from '../daemon/connection-state.ts';
import { Disposables } from '../platform/disposables.ts';
import type { Listen } from '../platform/emitter.ts';
import type { SessionStore } from '../session/session-store.ts';
import type { Grade, TaskMemory } from '../session/task-memory.ts';
import { panelHtml } from './panel-html.ts';
import { parsePanelMessage } from './panel-message.ts';

export interface PanelOptions {
  readonly extensionUri: Uri;
  readonly store: SessionStore;
  readonly memory: TaskMemory;
  readonly connection: { readonly state: ConnectionState; readonly onDidChange: Listen<ConnectionState> };
  readonly warn: (text: string) => void;
  readonly onCommand: (command: PanelCommand) => void;
}

/** The part of the page's own state that matters here. */
const keptStateSchema = z.object({ selectedTaskId: z.string().max(limits.idChars).nullable() });

export class Panel implements Disposable {
  readonly #options: PanelOptions;
  readonly #disposables = new Disposables();
  #shown: WebviewPanel | undefined;
  #selectedTaskId: string | undefined;
  /** The selection is what the page had kept over a reload: the editor may have kept it a little too early. */
  #isRemembered = false;

  constructor(options: PanelOptions) {
    this.#options = options;
    this.#disposables.add(
      options.store.onDidChange((change) => {
        if (change.type === 'snapshot') this.#postSnapshot();
        else this.#post(change);
      }),
    );
    this.#disposables.add(options.connection.onDidChange((state) => this.#post(panelConnection(state))));
  }

  /** The task that the developer looks at: the selected one, else the newest. */
  get selectedTaskId(): string | undefined {
    return this.#selectedTaskId ?? this.#options.store.tasks.at(-1)?.taskId;
  }

  /**
   * Opens the panel beside the editor, or brings it into view.
   * @param takesFocus whether the keyboard goes along: when the developer asked for the panel, not for something else
   */
  show(takesFocus = false): void {
    if (this.#shown !== undefined) {
      this.#shown.reveal(undefined, !takesFocus);
      return;
    }
    const column = { viewColumn: ViewColumn.Beside, preserveFocus: !takesFocus };
    this.adopt(window.createWebviewPanel(panelType, 'Task Router', column));
  }

  /** Takes back a panel that the editor has kept over a reload, with the task that it showed. */
  restore(panel: WebviewPanel, state: unknown): void {
    if (this.#selectedTaskId === undefined) {
      this.#selectedTaskId = keptStateSchema.safeParse(state).data?.selectedTaskId ?? undefined;
      this.#isRemembered = true;
    }
    this.adopt(panel);
  }

  /** Fills a panel. */
  adopt(panel: WebviewPanel): void {
    this.#shown?.dispose();
    this.#shown = panel;
    const { extensionUri, warn, onCommand } = this.#options;
    const folder = Uri.joinPath(extensionUri, 'dist', 'webview');
    const { webview } = panel;
    webview.options = { enableScripts: true, enableForms: false, localResourceRoots: [folder] };
    const media = Uri.joinPath(extensionUri, 'extension', 'media');
    panel.iconPath = {
      light: Uri.joinPath(media, 'panel-light.svg'),
      dark: Uri.joinPath(media, 'panel-dark.svg'),
    };
    webview.onDidReceiveMessage((message: unknown) => {
      const command = parsePanelMessage(message, warn);
      if (command?.type === 'ready') this.#greet();
      else if (command !== undefined) onCommand(command);
    });
    panel.onDidDispose(() => {
      if (this.#shown === panel) this.#shown = undefined;
    });
    const file = (name: string): string => webview.asWebviewUri(Uri.joinPath(folder, name)).toString();
    webview.html = panelHtml({
      cspSource: webview.cspSource,
      nonce: randomBytes(16).toString('base64url'),
      scriptUri: file('main.js'),
      styleUris: [file('codicon.css'), file('main.css')],
    });
  }

  /** Shows this task; a panel that is not open shows it when it opens. */
  select(taskId: string): void {
    this.selected(taskId);
    this.#post({ type: 'select', taskId });
  }

  /** Shows a task with every reason for its route. */
  explain(taskId: string): void {
    this.selected(taskId);
    this.show();
    this.#post({ type: 'explain', taskId });
  }

  /** The page has selected this task itself. */
  selected(taskId: string): void {
    this.#selectedTaskId = taskId;
    this.#isRemembered = false;
  }

  graded(taskId: string, grade: Grade): void {
    this.#post({ type: 'graded', taskId, grade });
  }

  dispose(): void {
    this.#disposables.dispose();
    // The panel itself stays: after a reload it is handed back by the editor.
    this.#shown = undefined;
  }

  #greet(): void {
    this.#post(panelConnection(this.#options.connection.state));
    this.#postSnapshot();
  }

  #postSnapshot(): void {
    const { store, memory } = this.#options;
    if (store.snapshot === undefined) return;
    const newest = store.tasks.at(-1);
    const runningTaskId = newest?.outcome === null && newest.error === null ? newest.taskId : null;
    if (this.#isRemembered && runningTaskId !== null) this.selected(runningTaskId);
    this.#post({
      type: 'snapshot',
      snapshot: store.snapshot,
      selectedTaskId: this.#selectedTaskId ?? null,
      graded: memory.grades,
    });
  }

  /** To a page that is not in view messages would be lost, and it asks anew when it comes into view. */
  #post(update: PanelUpdate): void {
    if (this.#shown?.visible === true) void this.#shown.webview.postMessage(update);
  }
}
