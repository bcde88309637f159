/** Read-only documents that explain stored decisions. */
import { Uri, window, workspace, type Disposable, type TextDocumentContentProvider } from 'vscode';
import { daemonRequests } from '@task-router/protocol';
import { schemes } from '../contributions.ts';
import type { RouterClient } from '../daemon/router-client.ts';
import { explanationText } from './explanation-text.ts';

export class Explanations implements TextDocumentContentProvider, Disposable {
  readonly #client: RouterClient;
  readonly #registration: Disposable;
  readonly #texts = new Map<string, string>();

  constructor(client: RouterClient) {
    this.#client = client;
    this.#registration = workspace.registerTextDocumentContentProvider(schemes.explanation, this);
  }

  provideTextDocumentContent(uri: Uri): string {
    return (
      this.#texts.get(uri.path) ??
      'This explanation is no longer at hand: run "Task Router: Explain Last Route" again.\n'
    );
  }

  /** @throws RouterError `decision.notFound` */
  async show(decisionId: string): Promise<void> {
    const explanation = await this.#client.request(daemonRequests.explain, { decisionId });
    const uri = Uri.from({ scheme: schemes.explanation, path: `/Decision ${decisionId}.txt` });
    this.#texts.set(uri.path, explanationText(explanation));
    await window.showTextDocument(await workspace.openTextDocument(uri), { preview: true });
  }

  dispose(): void {
    this.#registration.dispose();
  }
}
