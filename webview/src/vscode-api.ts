/**
 * What VS Code gives a webview: one function that may be called once. Typed here, because the editor's typings cover the
 * extension's side only.
 */
import type { PanelCommand } from '@task-router/protocol';

export interface PanelHost {
  /** Sends a command to the extension, which checks it against the closed list of the contract. */
  postMessage(command: PanelCommand): void;
  /** What `setState` kept, also after a reload of the window; of unknown shape. */
  getState(): unknown;
  setState(state: unknown): void;
}

declare global {
  function acquireVsCodeApi(): PanelHost;
}
