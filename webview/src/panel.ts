/**
 * The panel: takes the extension's messages, keeps the state, and draws it at most once per frame. It owns what the views
 * can't: the answer's element, the scroll position, the keyboard focus, and what is kept over a reload.
 */
import { render } from 'lit/html.js';
import type { PanelCommand, PanelUpdate } from '@task-router/protocol';
import { Announcer, sentenceFor } from './announcer.ts';
import type { CodeAction } from './answer/code-view.ts';
import { AnswerView } from './answer/answer-view.ts';
import { FrameScheduler } from './frame-scheduler.ts';
import { applyUpdate, initialState, type PanelState } from './state/panel-state.ts';
import { isRunning, shownTask } from './state/selectors.ts';
import { restoredUi, type UiState } from './state/ui-state.ts';
import type { PanelActions } from './views/context.ts';
import { shell } from './views/shell.ts';
import type { PanelHost } from './vscode-api.ts';

/** How long a button says that it has copied. */
const copiedMs = 1_500;

export class Panel {
  readonly #host: PanelHost;
  readonly #root: HTMLElement;
  readonly #announcer: Announcer;
  readonly #frames = new FrameScheduler(() => this.#draw());
  readonly #answer: AnswerView;
  readonly #actions: PanelActions;
  #state: PanelState;
  #ui: UiState;
  #cancelling: ReadonlySet<string> = new Set();
  /** A snapshot was asked for and has not come: events in between are not asked for again. */
  #awaitsSnapshot = false;
  #drawnTaskId: string | undefined;
  #clock: ReturnType<typeof setInterval> | null = null;

  constructor(host: PanelHost, root: HTMLElement, liveRegion: HTMLElement) {
    this.#host = host;
    this.#root = root;
    this.#announcer = new Announcer(liveRegion);
    this.#ui = restoredUi(host.getState());
    this.#state = initialState(this.#ui.selectedTaskId);
    this.#answer = new AnswerView({
      onCodeAction: (action, codeBlock, button) => this.#onCode(action, codeBlock, button),
      onLink: (url) => this.#send({ type: 'openExternal', url }),
    });
    this.#actions = {
      send: (command) => this.#send(command),
      selectTask: (taskId) => this.#selectTask(taskId),
      changeUi: (change) => this.#changeUi(change),
      cancel: (taskId) => this.#cancel(taskId),
      copy: (taskId, codeBlock, button) => this.#copy(taskId, codeBlock, button),
    };
  }

  /** Asks for the whole picture: after loading, and whenever the panel becomes visible again. */
  start(): void {
    this.#draw();
    this.#askForSnapshot();
  }

  becameVisible(): void {
    this.#askForSnapshot();
  }

  receive(update: PanelUpdate): void {
    const { state, hasGap, happened } = applyUpdate(this.#state, update);
    this.#state = state;
    if (update.type === 'snapshot') {
      this.#awaitsSnapshot = false;
      this.#cancelling = new Set();
    }
    // A task that someone has just started or picked is what the reader wants to see.
    if (update.type === 'select') this.#ui = { ...this.#ui, tab: 'task' };
    if (update.type === 'explain') this.#ui = { ...this.#ui, tab: 'task', explainedTaskId: update.taskId };
    if (['select', 'explain', 'snapshot'].includes(update.type)) this.#keepUi();
    if (hasGap && !this.#awaitsSnapshot) this.#askForSnapshot();
    const sentence =
      happened === null || state.snapshot === null ? null : sentenceFor(happened, state.snapshot);
    if (sentence !== null) this.#announcer.say(sentence);
    this.#frames.request();
  }

  #send(command: PanelCommand): void {
    this.#host.postMessage(command);
  }

  #askForSnapshot(): void {
    this.#awaitsSnapshot = true;
    this.#send({ type: 'ready' });
  }

  #selectTask(taskId: string): void {
    this.#state = { ...this.#state, selectedTaskId: taskId };
    this.#send({ type: 'selectTask', taskId });
    this.#keepUi();
    this.#frames.request();
  }

  #changeUi(change: Partial<UiState>): void {
    this.#ui = { ...this.#ui, ...change };
    this.#keepUi();
    this.#frames.request();
  }

  #keepUi(): void {
    const { selectedTaskId } = this.#state;
    if (this.#ui.selectedTaskId !== selectedTaskId) this.#ui = { ...this.#ui, selectedTaskId };
    this.#host.setState(this.#ui);
  }

  #cancel(taskId: string): void {
    this.#cancelling = new Set([...this.#cancelling, taskId]);
    this.#send({ type: 'cancel', taskId });
    this.#frames.request();
  }

  #onCode(action: CodeAction, codeBlock: number, button: HTMLElement): void {
    const taskId = shownTask(this.#state)?.taskId;
    if (taskId === undefined) return;
    if (action === 'copy') this.#copy(taskId, codeBlock, button);
    else this.#send({ type: action, taskId, codeBlock });
  }

  #copy(taskId: string, codeBlock: number | null, button: HTMLElement): void {
    this.#send({ type: 'copy', taskId, codeBlock });
    this.#announcer.say('Copied.');
    button.classList.add('is-done');
    setTimeout(() => button.classList.remove('is-done'), copiedMs);
  }

  #draw(): void {
    const task = shownTask(this.#state);
    const isAnother = task?.taskId !== this.#drawnTaskId;
    this.#drawnTaskId = task?.taskId;
    const follows = !isAnother && isAtEnd();
    const focused = document.activeElement;
    const hasMore = task !== null && this.#answer.update(task.text, !isRunning(task));
    const context = {
      state: this.#state,
      ui: this.#ui,
      nowMs: Date.now(),
      cancelling: this.#cancelling,
      actions: this.#actions,
    };
    render(shell(context, this.#answer.element), this.#root);
    this.#keepFocus(focused);
    if (isAnother) document.scrollingElement?.scrollTo(0, 0);
    else if (follows && task !== null && isRunning(task)) scrollToEnd();
    this.#tick(task !== null && isRunning(task));
    if (hasMore) this.#frames.request();
  }

  /**
   * When the button that had the focus is gone because its task ended, the focus goes to what took its place; when it is
   * folded away because the answer began, to the line that it is folded into.
   */
  #keepFocus(focused: Element | null): void {
    if (!(focused instanceof HTMLElement)) return;
    if (focused.isConnected) {
      const summary = focused.closest('details:not([open])')?.querySelector<HTMLElement>(':scope > summary');
      if (summary?.contains(focused) === false) summary.focus();
      return;
    }
    const place = focused.dataset['focus'];
    if (place !== undefined) this.#root.querySelector<HTMLElement>(`[data-focus="${place}"]`)?.focus();
  }

  /** A running task shows its seconds. */
  #tick(isWanted: boolean): void {
    if (isWanted && this.#clock === null) {
      this.#clock = setInterval(() => this.#frames.request(), 1_000);
    } else if (!isWanted && this.#clock !== null) {
      clearInterval(this.#clock);
      this.#clock = null;
    }
  }
}

/** The reader has scrolled to the end and so follows the answer. At the top of a short page nobody follows yet. */
function isAtEnd(): boolean {
  const page = document.scrollingElement;
  if (page === null || page.scrollTop === 0) return false;
  return page.scrollHeight - page.scrollTop - page.clientHeight < 24;
}

function scrollToEnd(): void {
  const page = document.scrollingElement;
  if (page !== null) page.scrollTop = page.scrollHeight;
}
