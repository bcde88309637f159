/** Messages to the developer: few, each with what to do next. Everything shown is also in the log, without keys. */
import { commands, window, type LogOutputChannel } from 'vscode';
import { toRouterError } from '@task-router/protocol';
import { errorActions, errorText, type ErrorAction } from './error-actions.ts';
import { redact } from './redact.ts';

/** A button of one place that no command stands for. */
export interface OwnAction {
  readonly title: string;
  readonly run: () => void;
}

export class Notifier {
  readonly #log: LogOutputChannel;
  /** One cause may reach the developer by several ways; it is shown once. */
  readonly #shown = new WeakSet<Error>();

  constructor(log: LogOutputChannel) {
    this.#log = log;
  }

  /**
   * Shows an error with its next steps as buttons. An unknown one is shown as unexpected, and its text goes to the
   * log alone. Does not wait for the developer.
   */
  error(thrown: unknown, ownActions: readonly OwnAction[] = []): void {
    const error = toRouterError(thrown);
    if (this.#shown.has(error)) return;
    this.#shown.add(error);
    this.logError(error);
    const actions: readonly OwnAction[] = [
      ...ownActions,
      ...errorActions(error.code).map(({ title, command }) => ({
        title,
        run: () => void commands.executeCommand(command),
      })),
    ];
    void window
      .showErrorMessage(redact(errorText(error)), ...actions.map(({ title }) => title))
      .then((chosen) => actions.find(({ title }) => title === chosen)?.run());
  }

  logError(thrown: unknown): void {
    const error = toRouterError(thrown);
    this.#log.error(redact(errorText(error)));
    for (
      let cause = error.cause, depth = 0;
      cause instanceof Error && depth < 4;
      cause = cause.cause, depth++
    ) {
      this.#log.error(redact(`  because: ${cause.stack ?? cause.message}`));
    }
  }

  /** Something to know that stops nothing. Its text is our own and holds no key. */
  warn(message: string, action: ErrorAction): void {
    this.#log.warn(message);
    void window.showWarningMessage(message, action.title).then((chosen) => {
      if (chosen !== undefined) void commands.executeCommand(action.command);
    });
  }

  /** Something that was done, with the way back. Does not wait for the developer. */
  offer(message: string, action: OwnAction): void {
    void window.showInformationMessage(message, action.title).then((chosen) => {
      if (chosen !== undefined) action.run();
    });
  }

  info(message: string, action?: ErrorAction): void {
    void window
      .showInformationMessage(message, ...(action === undefined ? [] : [action.title]))
      .then((chosen) => {
        if (chosen !== undefined && action !== undefined) void commands.executeCommand(action.command);
      });
  }
}
