/** What every view is given: the state to show, and the few things a click can do. */
import type { PanelCommand } from '@task-router/protocol';
import type { PanelState } from '../state/panel-state.ts';
import type { UiState } from '../state/ui-state.ts';

export interface PanelActions {
  send(command: PanelCommand): void;
  selectTask(taskId: string): void;
  changeUi(change: Partial<UiState>): void;
  /** Asks for the end of a task, and shows that it was asked. */
  cancel(taskId: string): void;
  /** Copies, and says so on the button. */
  copy(taskId: string, codeBlock: number | null, button: HTMLElement): void;
}

export interface ViewContext {
  readonly state: PanelState;
  readonly ui: UiState;
  readonly nowMs: number;
  /** Tasks whose end was asked for and has not come yet. */
  readonly cancelling: ReadonlySet<string>;
  readonly actions: PanelActions;
}
