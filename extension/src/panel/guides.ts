/** Read-only pages with a tool's settings. They hold a key, so they live in memory alone: no backup of the editor has them. */
import { Uri, window, workspace, type Disposable, type TextDocumentContentProvider } from 'vscode';
import { schemes } from '../contributions.ts';

export class Guides implements TextDocumentContentProvider, Disposable {
  readonly #registration: Disposable;
  /** By the key's id. */
  readonly #texts = new Map<string, string>();

  constructor() {
    this.#registration = workspace.registerTextDocumentContentProvider(schemes.guide, this);
  }

  provideTextDocumentContent(uri: Uri): string {
    return (
      this.#texts.get(uri.query) ??
      'A key is shown once, and this page is no longer at hand: run "Task Router: Connect Another Tool" again.\n'
    );
  }

  /** @param keyId tells pages of one tool apart */
  async show(title: string, keyId: string, text: string): Promise<void> {
    const uri = Uri.from({
      scheme: schemes.guide,
      path: `/Connect ${title.replaceAll('/', ' ')}.md`,
      query: keyId,
    });
    this.#texts.set(keyId, text);
    await window.showTextDocument(await workspace.openTextDocument(uri), { preview: false });
  }

  dispose(): void {
    this.#registration.dispose();
  }
}
