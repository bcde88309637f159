/**
 * Which text editor the developer means. While the panel or a view has the focus the editor has no active text
 * editor, so the last one is remembered as long as it is on the screen. Loaded at activation: keep it small.
 */
import { window, type Disposable, type TextEditor } from 'vscode';

/** Documents that look like editors but are not the developer's files. */
const notFiles: ReadonlySet<string> = new Set([
  'output',
  'debug',
  'comment',
  'vscode-terminal',
  'task-router-proposal',
  'task-router-explanation',
]);

export class EditorTracker implements Disposable {
  #last: TextEditor | undefined;
  readonly #subscription: Disposable;

  constructor() {
    this.#take(window.activeTextEditor);
    this.#subscription = window.onDidChangeActiveTextEditor((editor) => this.#take(editor));
  }

  /** The active editor of a file, else the last one that is still visible. */
  get current(): TextEditor | undefined {
    const active = window.activeTextEditor;
    if (active !== undefined && !notFiles.has(active.document.uri.scheme)) return active;
    return this.#last !== undefined && window.visibleTextEditors.includes(this.#last)
      ? this.#last
      : undefined;
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  #take(editor: TextEditor | undefined): void {
    if (editor !== undefined && !notFiles.has(editor.document.uri.scheme)) this.#last = editor;
  }
}
