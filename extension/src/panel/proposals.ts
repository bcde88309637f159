/**
 * A replacement is shown before it is made: the file as it is beside the file as it would be, in the editor's own diff,
 * with Accept and Discard in its title. Accepting changes the file only if it is still the one that was shown.
 */
import {
  EventEmitter,
  TabInputTextDiff,
  Uri,
  WorkspaceEdit,
  commands,
  window,
  workspace,
  type Disposable,
  type Range,
  type TextDocument,
  type TextDocumentContentProvider,
} from 'vscode';
import { RouterError } from '@task-router/protocol';
import { schemes } from '../contributions.ts';
import { Disposables } from '../platform/disposables.ts';
import { fitReplacement } from './replacement.ts';
import type { Target } from './target.ts';

interface Proposal {
  readonly document: TextDocument;
  readonly version: number;
  readonly range: Range;
  readonly text: string;
  /** The whole file as it would be. */
  readonly whole: string;
}

export class Proposals implements TextDocumentContentProvider, Disposable {
  readonly #proposals = new Map<string, Proposal>();
  readonly #changed = new EventEmitter<Uri>();
  readonly #disposables = new Disposables();
  #count = 0;

  readonly onDidChange = this.#changed.event;

  constructor() {
    this.#disposables.add(this.#changed);
    this.#disposables.add(workspace.registerTextDocumentContentProvider(schemes.proposal, this));
    this.#disposables.add(
      workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme === schemes.proposal) this.#proposals.delete(uri.toString());
      }),
    );
  }

  provideTextDocumentContent(uri: Uri): string {
    return this.#proposals.get(uri.toString())?.whole ?? '';
  }

  /** Opens the diff of replacing the target by `text`. */
  async show({ document, range }: Target, text: string): Promise<void> {
    const before = document.getText();
    const fitted = fitReplacement(document.getText(range), text);
    const whole =
      before.slice(0, document.offsetAt(range.start)) + fitted + before.slice(document.offsetAt(range.end));
    this.#count += 1;
    // The file's own name at the end of the path: the editor chooses the language by it.
    const uri = Uri.from({ scheme: schemes.proposal, path: document.uri.path, query: String(this.#count) });
    this.#proposals.set(uri.toString(), { document, version: document.version, range, text: fitted, whole });
    const name = document.uri.path.split('/').at(-1) ?? '';
    await commands.executeCommand('vscode.diff', document.uri, uri, `${name}: answer of Task Router`, {
      // As a preview it would take the place of the file's own tab, which has to be there again after Discard.
      preview: false,
      viewColumn: columnOf(document),
    });
  }

  /** @throws RouterError `editor.noEditor` when the file has changed since the diff was opened, or can't be changed */
  async accept(uri: Uri | undefined): Promise<void> {
    const found = this.#find(uri);
    if (found === undefined) throw gone();
    const { document, version, range, text } = found.proposal;
    if (document.isClosed || document.version !== version) {
      throw new RouterError(
        'editor.noEditor',
        'The file has changed since the preview was opened. Nothing was replaced.',
        {
          next: 'Close the preview and choose Replace again.',
        },
      );
    }
    const edit = new WorkspaceEdit();
    edit.replace(document.uri, range, text);
    if (!(await workspace.applyEdit(edit))) {
      throw new RouterError(
        'editor.noEditor',
        'The editor did not accept the change. Nothing was replaced.',
        {
          next: 'Check whether the file is read-only, or copy the answer.',
        },
      );
    }
    await this.#close(found.uri);
    await window.showTextDocument(document, {
      selection: range.with(range.start, range.start),
      preview: false,
    });
  }

  async discard(uri: Uri | undefined): Promise<void> {
    const found = this.#find(uri);
    if (found !== undefined) await this.#close(found.uri);
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  /** That of the given document; called from the palette or a key, that of the diff in front. */
  #find(uri: Uri | undefined): { uri: Uri; proposal: Proposal } | undefined {
    const chosen = uri?.scheme === schemes.proposal ? uri : shownProposal();
    const proposal = chosen && this.#proposals.get(chosen.toString());
    return chosen === undefined || proposal === undefined ? undefined : { uri: chosen, proposal };
  }

  async #close(uri: Uri): Promise<void> {
    this.#proposals.delete(uri.toString());
    const tabs = window.tabGroups.all
      .flatMap((group) => group.tabs)
      .filter(
        ({ input }) => input instanceof TabInputTextDiff && input.modified.toString() === uri.toString(),
      );
    await window.tabGroups.close(tabs);
  }
}

function shownProposal(): Uri | undefined {
  const input = window.tabGroups.activeTabGroup.activeTab?.input;
  const isOurs = input instanceof TabInputTextDiff && input.modified.scheme === schemes.proposal;
  return isOurs ? input.modified : undefined;
}

/** Beside the panel, not over it. */
function columnOf(document: TextDocument): number | undefined {
  const visible = window.visibleTextEditors.find((editor) => editor.document === document);
  return visible?.viewColumn ?? 1;
}

function gone(): RouterError {
  return new RouterError('editor.noEditor', 'This preview is no longer current.', {
    next: 'Choose Replace in the panel again.',
  });
}
