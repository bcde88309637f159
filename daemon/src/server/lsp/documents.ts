/** The documents one client has open, kept in step with its editor, within bounds on number and size. */
import { TextDocument } from 'vscode-languageserver-textdocument';
import { type ChangedDocument, type ContentChange, type OpenedDocument, documentChars } from './params.ts';

const maxDocuments = 16;

export class OpenDocuments {
  readonly #documents = new Map<string, TextDocument>();

  get(uri: string): TextDocument | null {
    return this.#documents.get(uri) ?? null;
  }

  /** The document; null when too many are open already. */
  open({ uri, languageId, version, text }: OpenedDocument): TextDocument | null {
    if (!this.#documents.has(uri) && this.#documents.size >= maxDocuments) return null;
    return this.#keep(TextDocument.create(uri, languageId, version, text));
  }

  /** The changed document; null when it is not open, or has grown past what is kept. */
  change({ uri, version }: ChangedDocument, changes: readonly ContentChange[]): TextDocument | null {
    const document = this.#documents.get(uri);
    if (document === undefined) return null;
    const changed = TextDocument.update(document, [...changes], version);
    if (changed.getText().length <= documentChars) return this.#keep(changed);
    this.close(uri);
    return null;
  }

  close(uri: string): void {
    this.#documents.delete(uri);
  }

  #keep(document: TextDocument): TextDocument {
    this.#documents.set(document.uri, document);
    return document;
  }
}
