/**
 * Where an answer's text would go in the editor. An answer to a selection goes back to that selection, but only while
 * the text that was sent still stands there: what the developer has changed since is never overwritten unseen.
 */
import { Range, Uri, window, workspace, type TextDocument, type TextEditor } from 'vscode';
import { RouterError } from '@task-router/protocol';
import { rangeOf } from '../context/capture.ts';
import { hashText, type Origin } from '../context/origin.ts';

export interface Target {
  readonly document: TextDocument;
  readonly range: Range;
}

/**
 * The place that the answer replaces: that of its context, else the present selection.
 * @throws RouterError `editor.noEditor` when there is no such place, or when it has changed
 */
export async function replaceTarget(origin: Origin | null, editor: TextEditor | undefined): Promise<Target> {
  if (origin !== null) {
    const found = await placeOf(origin);
    if (found !== undefined) return found;
    if (editor === undefined || editor.selection.isEmpty) throw changed(origin);
  }
  if (editor === undefined || editor.selection.isEmpty) {
    throw new RouterError('editor.noEditor', 'This task came without a selection to replace.', {
      next: 'Select the text to replace in an editor, then choose Replace again.',
    });
  }
  return { document: editor.document, range: editor.selection };
}

/**
 * The editor whose cursor takes an insertion: that of the task's file when it is on the screen, else the current one.
 * @throws RouterError `editor.noEditor`
 */
export function insertTarget(origin: Origin | null, current: TextEditor | undefined): TextEditor {
  const own = window.visibleTextEditors.find((editor) => editor.document.uri.toString() === origin?.uri);
  const editor = current ?? own;
  if (editor !== undefined) return editor;
  throw new RouterError('editor.noEditor', 'No text editor is open to insert into.', {
    next: 'Open a file, place the cursor, then choose Insert again.',
  });
}

/** The place of the context, if the text that was sent still stands there. */
async function placeOf(origin: Origin): Promise<Target | undefined> {
  const document = await openOrUndefined(origin.uri);
  if (document === undefined) return undefined;
  const whole = new Range(0, 0, document.lineCount, 0);
  const range = document.validateRange(origin.selection === null ? whole : rangeOf(origin.selection));
  return hashText(document.getText(range)) === origin.textHash ? { document, range } : undefined;
}

async function openOrUndefined(uri: string): Promise<TextDocument | undefined> {
  try {
    return await workspace.openTextDocument(Uri.parse(uri, true));
  } catch {
    return undefined;
  }
}

function changed(origin: Origin): RouterError {
  return new RouterError('editor.noEditor', `${origin.label} has changed since the task was routed.`, {
    next: 'Select the text to replace, then choose Replace again.',
  });
}
