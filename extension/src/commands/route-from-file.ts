/**
 * Route Tasks from File: the tasks of a JSON-lines file, spread over the routes, with their results in a file beside it.
 * Progress can be cancelled, and the same command on the same file goes on where it stopped.
 */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { ProgressLocation, Uri, window, workspace, type CancellationToken } from 'vscode';
import {
  RouterError,
  daemonRequests,
  limits,
  readBatch,
  type BatchProblem,
  type BatchRow,
} from '@task-router/protocol';
import { runBatch, type BatchPorts } from '@task-router/protocol/node';
import type { Services } from '../services.ts';
import { readPolicyLayers } from '../settings/read-policy.ts';
import { requireTrust } from './require-trust.ts';

const listedProblems = 10;
/** Planning scores every task. */
const planTimeoutMs = 120_000;

/** @param argument the file, for callers that know it; else the developer is asked */
export async function routeFromFile(services: Services, argument?: unknown): Promise<void> {
  requireTrust();
  const file = argument instanceof Uri ? argument : await chooseFile();
  if (file === undefined) return;
  const rows = await readRows(file.fsPath);
  const outputFile = `${file.fsPath}.results.jsonl`;
  await window.withProgress(
    {
      location: ProgressLocation.Notification,
      title: `Tasks of ${basename(file.fsPath)}`,
      cancellable: true,
    },
    async (progress, token) => {
      await runBatch(
        {
          rows,
          contextOf: () => ({}),
          outputFile,
          policy: readPolicyLayers(file),
          allowFoundAccounts: false,
          signal: signalOf(token),
          onProgress: (event) => {
            if (event.type === 'started') return;
            progress.report({
              message: `${event.done} of ${event.total}`,
              ...(event.type === 'ended' && { increment: 100 / event.total }),
            });
          },
        },
        portsOf(services),
      );
    },
  );
  await window.showTextDocument(await workspace.openTextDocument(outputFile));
}

async function chooseFile(): Promise<Uri | undefined> {
  const [file] =
    (await window.showOpenDialog({
      title: 'Route Tasks from File',
      openLabel: 'Route Tasks',
      filters: { 'JSON lines': ['jsonl', 'ndjson'] },
    })) ?? [];
  return file;
}

async function readRows(path: string): Promise<readonly BatchRow[]> {
  const { size } = await stat(path);
  if (size > limits.batchBytes) throw unusable(`${basename(path)} is too large.`);
  const read = readBatch(await readFile(path, 'utf8'));
  const problems = 'problems' in read ? read.problems : read.rows.flatMap(contextProblem);
  if (problems.length > 0 || 'problems' in read) {
    const told = problems.slice(0, listedProblems).map(({ line, message }) => `line ${line}: ${message}`);
    throw unusable(`${basename(path)}: ${told.join('; ')}`);
  }
  return read.rows;
}

/** What may be read of a folder is decided where the command line collects context. */
function contextProblem({ line, files }: BatchRow): BatchProblem[] {
  return files.length === 0
    ? []
    : [{ line, message: 'files: only `task-router route --batch` collects files' }];
}

function unusable(message: string): RouterError {
  return new RouterError('usage.invalid', message, {
    next: 'Each line is one task: {"prompt": "…", "id": "…", "kind": "…"}.',
  });
}

/** Tasks run as the developer's own do: listed, shown in the panel, and waited for over a lost connection. */
function portsOf({ client, runs, store }: Services): BatchPorts {
  return {
    plan: (params, signal) =>
      client.request(daemonRequests.planBatch, params, { signal, timeoutMs: planTimeoutMs }),
    route: async ({ type: _, onDisconnect: __, onBudget: ___, ...task }, signal) => {
      const run = runs.start(task);
      const cancel = () => run.cancel();
      signal.addEventListener('abort', cancel, { once: true });
      try {
        const { taskId, decisionId, outcome } = await run.result;
        const text = store.tasks.find((each) => each.taskId === taskId)?.text ?? '';
        return { decisionId, outcome, text };
      } finally {
        signal.removeEventListener('abort', cancel);
      }
    },
  };
}

function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
