/** Takes a task's context out of the editor: the selection, else the file in front. No file in front is no context. */
import {
  Range,
  TabInputCustom,
  TabInputText,
  Uri,
  window,
  workspace,
  type Selection,
  type TextDocument,
  type TextEditor,
} from 'vscode';
import { RouterError, type ContextSpan } from '@task-router/protocol';
import { binary, checkContext, checkSize } from './check-context.ts';
import { hashText, type Origin, type Span } from './origin.ts';

export interface CapturedContext {
  readonly spans: readonly ContextSpan[];
  readonly language: string | undefined;
  /** The document whose folder decides about policy. */
  readonly document: Uri | undefined;
  /** Where an answer may go back to; null when it is no single place. */
  readonly origin: Origin | null;
  /** Said to the developer before anything is sent. */
  readonly description: string;
}

export const noContext: CapturedContext = {
  spans: [],
  language: undefined,
  document: undefined,
  origin: null,
  description: 'no file',
};

/** @throws RouterError `task.contextTooLarge`, `task.fileBinary`, `task.fileSecret`, `task.fileNotFound` */
export async function captureContext(editor: TextEditor | undefined): Promise<CapturedContext> {
  if (editor !== undefined) return captureEditor(editor);
  const uri = fileInFront();
  return uri === undefined ? noContext : captureFile(uri);
}

/** The same place as it is now: for a retry after a reload, when the text itself is no longer at hand. */
export async function recapture(origin: Origin): Promise<CapturedContext> {
  const document = await openDocument(Uri.parse(origin.uri), origin.label);
  return captureSpans(document, origin.selection === null ? [] : [origin.selection]);
}

function captureEditor(editor: TextEditor): CapturedContext {
  const selections = editor.selections.filter((selection) => !selection.isEmpty);
  return captureSpans(editor.document, selections.map(spanOf));
}

/** A file that the editor shows but not as text: an image, a binary, or one too large to be handed to extensions. */
async function captureFile(uri: Uri): Promise<CapturedContext> {
  const label = labelOf(uri);
  const stat = await workspace.fs.stat(uri).then(
    (found) => found,
    () => undefined,
  );
  if (stat === undefined) throw new RouterError('task.fileNotFound', `${label} can’t be read.`);
  checkSize(label, stat.size);
  const bytes = await workspace.fs.readFile(uri);
  if (bytes.subarray(0, 8_000).includes(0)) throw binary(label);
  return captureSpans(await openDocument(uri, label), []);
}

async function openDocument(uri: Uri, label: string): Promise<TextDocument> {
  try {
    return await workspace.openTextDocument(uri);
  } catch (cause) {
    throw new RouterError('task.fileNotFound', `${label} can’t be opened as text any more.`, { cause });
  }
}

/** @param spans empty: the whole document */
function captureSpans(document: TextDocument, spans: readonly Span[]): CapturedContext {
  const file = labelOf(document.uri);
  const name = document.uri.path.split('/').at(-1) ?? file;
  const parts = (spans.length === 0 ? [null] : spans).map((span) => ({ span, text: textOf(document, span) }));
  for (const { span, text } of parts) checkContext({ label: file, name, text, isSelection: span !== null });
  checkSize(
    file,
    parts.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0),
  );
  const [first] = parts;
  const label = parts.length === 1 && first?.span != null ? `${file}, ${linesLabel(first.span)}` : file;
  return {
    spans: parts.map(({ span, text }) => ({
      file,
      ...(span !== null && { range: linesOf(span) }),
      language: document.languageId,
      text,
    })),
    language: document.languageId,
    document: document.uri,
    origin:
      parts.length === 1 && first !== undefined
        ? {
            uri: document.uri.toString(),
            version: document.version,
            label,
            selection: first.span,
            textHash: hashText(first.text),
          }
        : null,
    description: parts.length > 1 ? `${parts.length} selections in ${file}` : label,
  };
}

function textOf(document: TextDocument, span: Span | null): string {
  return span === null ? document.getText() : document.getText(document.validateRange(rangeOf(span)));
}

export function rangeOf(span: Span): Range {
  return new Range(span.startLine, span.startCharacter, span.endLine, span.endCharacter);
}

function spanOf(selection: Selection): Span {
  return {
    startLine: selection.start.line,
    startCharacter: selection.start.character,
    endLine: selection.end.line,
    endCharacter: selection.end.character,
  };
}

/** A selection that ends before the first character of a line does not touch that line. */
function linesOf(span: Span): { startLine: number; endLine: number } {
  const reachesIn = span.endCharacter > 0 || span.endLine === span.startLine;
  return { startLine: span.startLine + 1, endLine: reachesIn ? span.endLine + 1 : span.endLine };
}

function linesLabel(span: Span): string {
  const { startLine, endLine } = linesOf(span);
  return startLine === endLine ? `line ${startLine}` : `lines ${startLine}–${endLine}`;
}

/** Relative to its folder; outside every folder only the name, because the path tells about the developer's machine. */
function labelOf(uri: Uri): string {
  const isInside = workspace.getWorkspaceFolder(uri) !== undefined;
  return isInside ? workspace.asRelativePath(uri, false) : (uri.path.split('/').at(-1) ?? uri.path);
}

function fileInFront(): Uri | undefined {
  const input = window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof TabInputText || input instanceof TabInputCustom ? input.uri : undefined;
}
