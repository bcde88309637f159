/** Read-only pages with a tool's settings. They hold a key, so they live in memory alone: no backup of the editor has them. */
import {
  CodeLens,
  Disposable,
  Range,
  Uri,
  env,
  languages,
  window,
  workspace,
  type CodeLensProvider,
  type TextDocument,
  type TextDocumentContentProvider,
} from 'vscode';
import * as z from 'zod';
import type { GuidePage } from '../commands/guide-text.ts';
import { commandIds, schemes } from '../contributions.ts';

const placeSchema = z.strictObject({ keyId: z.string(), index: z.int() });
type Place = z.infer<typeof placeSchema>;

const shownMs = 3_000;

export class Guides implements TextDocumentContentProvider, CodeLensProvider {
  readonly #registration: Disposable;
  /** By the key's id. */
  readonly #pages = new Map<string, GuidePage>();

  constructor() {
    this.#registration = Disposable.from(
      workspace.registerTextDocumentContentProvider(schemes.guide, this),
      languages.registerCodeLensProvider({ scheme: schemes.guide }, this),
    );
  }

  provideTextDocumentContent(uri: Uri): string {
    return (
      this.#pages.get(uri.query)?.text ??
      'A key is shown once, and this page is no longer at hand: run "Task Router: Connect Another Tool" again.\n'
    );
  }

  /** "Copy" above each thing that is to be entered somewhere. */
  provideCodeLenses({ uri }: TextDocument): CodeLens[] {
    const copies = this.#pages.get(uri.query)?.copies ?? [];
    return copies.map(
      ({ line, what }, index) =>
        new CodeLens(new Range(line, 0, line, 0), {
          title: `Copy ${what}`,
          command: commandIds.copyFromGuide,
          arguments: [{ keyId: uri.query, index } satisfies Place],
        }),
    );
  }

  /** @param keyId tells pages of one tool apart */
  async show(title: string, keyId: string, page: GuidePage): Promise<void> {
    const path = `/Connect ${title.replaceAll('/', ' ')}.txt`;
    const uri = Uri.from({ scheme: schemes.guide, path, query: keyId });
    this.#pages.set(keyId, page);
    await window.showTextDocument(await workspace.openTextDocument(uri), { preview: false });
  }

  /** @param place of unknown shape: a command may be called by anybody */
  async copy(place: unknown): Promise<void> {
    const known = placeSchema.safeParse(place);
    const copy = known.success ? this.#pages.get(known.data.keyId)?.copies[known.data.index] : undefined;
    if (copy === undefined) return;
    await env.clipboard.writeText(copy.text);
    window.setStatusBarMessage(`Copied: ${copy.what}`, shownMs);
  }

  dispose(): void {
    this.#registration.dispose();
  }
}
