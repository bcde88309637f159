/** What was routed so far: to forget all of it, or to have it as a file. */
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { ProgressLocation, Uri, window, workspace, type CancellationToken } from 'vscode';
import {
  RouterError,
  daemonRequests,
  exportHead,
  exportLine,
  type ExportFormat,
  type ResultOf,
} from '@task-router/protocol';
import { plural } from '../platform/format.ts';
import type { Services } from '../services.ts';

/** Clearing may rewrite a large file. */
const clearTimeoutMs = 10 * 60_000;

export async function clearHistory({ client, notifier }: Services): Promise<void> {
  const answer = await window.showWarningMessage(
    'Forget every ended task and what was learned from it?',
    {
      modal: true,
      detail: 'It is overwritten on disk and can’t be brought back. Keys, consents and budgets stay.',
    },
    'Clear History',
  );
  if (answer !== 'Clear History') return;
  const { removed } = await client.request(
    daemonRequests.clearHistory,
    { confirmed: true },
    { timeoutMs: clearTimeoutMs },
  );
  notifier.info(`History is cleared: ${plural(removed, 'task')} forgotten.`);
}

/** Asks where to, and writes every stored task there: JSON lines, or CSV where the name says so. */
export async function exportHistory({ client, notifier }: Services): Promise<void> {
  const file = await window.showSaveDialog({
    title: 'Export History',
    saveLabel: 'Export',
    defaultUri: Uri.file(join(folderOfChoice(), 'task-router-history.jsonl')),
    filters: { 'JSON lines': ['jsonl'], CSV: ['csv'] },
  });
  if (file === undefined) return;
  if (file.scheme !== 'file') throw notLocal(file);
  const readPage = (after: Cursor) => client.request(daemonRequests.historyPage, { sinceMs: 0, after });
  const rows = await window.withProgress(
    {
      location: ProgressLocation.Notification,
      title: `Writing ${basename(file.fsPath)}`,
      cancellable: true,
    },
    (progress, token) => {
      const onRows = (count: number) => progress.report({ message: plural(count, 'task') });
      return writeHistory(file.fsPath, { readPage, onRows, token });
    },
  );
  if (rows !== null) notifier.info(`${plural(rows, 'task')} written to ${basename(file.fsPath)}.`);
}

type Page = ResultOf<typeof daemonRequests.historyPage>;
type Cursor = Page['next'];

interface Export {
  readonly readPage: (after: Cursor) => Promise<Page>;
  readonly onRows: (count: number) => void;
  readonly token: CancellationToken;
}

/**
 * Page by page into a file beside the one that was named, which takes its place only when it is whole. null: cancelled,
 * and nothing is left of it.
 */
async function writeHistory(path: string, { readPage, onRows, token }: Export): Promise<number | null> {
  const part = `${path}.part`;
  let count = 0;
  try {
    const file = await open(part, 'w', 0o600);
    try {
      for await (const rows of linesOf(file, formatOf(path), readPage)) {
        count += rows;
        onRows(count);
        if (token.isCancellationRequested) return null;
      }
    } finally {
      await file.close();
    }
    await rename(part, path);
    return count;
  } finally {
    await rm(part, { force: true });
  }
}

/** Yields how many rows were written, after each page. */
async function* linesOf(
  file: FileHandle,
  format: ExportFormat,
  readPage: Export['readPage'],
): AsyncGenerator<number> {
  const head = exportHead(format);
  if (head !== null) await file.write(`${head}\n`);
  let after: Cursor = null;
  do {
    const page: Page = await readPage(after);
    await file.write(page.rows.map((row) => `${exportLine(row, format)}\n`).join(''));
    yield page.rows.length;
    after = page.next;
  } while (after !== null);
}

function formatOf(path: string): ExportFormat {
  return extname(path).toLowerCase() === '.csv' ? 'csv' : 'jsonl';
}

function folderOfChoice(): string {
  const folder = workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
  return folder?.uri.fsPath ?? homedir();
}

function notLocal(file: Uri): RouterError {
  return new RouterError('usage.invalid', `History cannot be written to ${file.scheme}: files.`, {
    next: 'Choose a folder on this machine.',
  });
}
