/** `task-router route --batch tasks.jsonl`: tasks of a file, spread over the routes, results written as they come. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { RouterEvent } from '@task-router/protocol';
import { RouterError, daemonRequests, limits, readBatch } from '@task-router/protocol';
import type { BatchPorts, BatchProgress, BatchSummary } from '@task-router/protocol/node';
import { runBatch } from '@task-router/protocol/node';
import type { Command } from '../arguments.ts';
import { collectContext } from '../context/collect.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatMs, plural } from '../format.ts';
import type { Output } from '../output.ts';
import { plain } from '../output.ts';
import { openSession } from '../session.ts';
import type { Session } from '../session.ts';
import { prepare } from './route.ts';
import type { RouteOptions } from './route.ts';

export type BatchCommandOptions = Omit<RouteOptions, 'command'> & {
  readonly command: Extract<Command, { name: 'batch' }>;
};

const listedProblems = 10;

/** Resolves with the exit code: 0 when every task has an answer. Rejects with `RouterError` before any has run. */
export async function batchCommand(options: BatchCommandOptions): Promise<number> {
  const { command, folder, paths, env, output, signal } = options;
  const rows = readRows(folder, command.file);
  const session = await openSession(paths, env);
  const demo = await prepare(session, options);
  try {
    const summary = await runBatch(
      {
        rows,
        contextOf: ({ prompt, files }) => {
          const { spans, skipped } = collectContext({ folder, prompt, files });
          return { context: [...spans], skippedContext: [...skipped] };
        },
        outputFile: resolve(folder, command.output),
        allowFoundAccounts: command.allowCloud,
        signal,
        onProgress: command.json ? (progress) => output.json(progress) : progressPrinter(output),
      },
      portsOf(session),
    );
    if (!command.json) output.line(summaryText(summary, command.output));
    if (command.json) output.json({ type: 'summary', ...summary });
    return summary.failed === 0 && summary.left === 0 ? exitCodes.answered : exitCodes.failed;
  } finally {
    await demo?.dispose();
    await session.close();
  }
}

function readRows(folder: string, file: string) {
  let text: string;
  try {
    const path = resolve(folder, file);
    if (statSync(path).size > limits.batchBytes)
      throw new RouterError('usage.invalid', `${file} has more than ${limits.batchBytes / 1024 / 1024} MB.`);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof RouterError) throw error;
    throw new RouterError('task.fileNotFound', `There is no readable file ${file}.`);
  }
  const read = readBatch(text);
  if ('rows' in read) return read.rows;
  const told = read.problems
    .slice(0, listedProblems)
    .map(({ line, message }) => `${file}:${line}: ${message}`);
  const rest = read.problems.length - told.length;
  throw new RouterError(
    'usage.invalid',
    [...told, ...(rest > 0 ? [`… and ${plural(rest, 'more problem')}`] : [])].join('\n'),
  );
}

/** Answers come as events; a task's end comes as the response to its request. */
function portsOf({ client }: Session): BatchPorts {
  const texts = new Map<string, string>();
  client.onEvent(({ event }) => collect(texts, event));
  return {
    plan: (params, signal) => client.request(daemonRequests.planBatch, params, signal),
    route: async (params, signal) => {
      const { taskId, decisionId, outcome } = await client.request(daemonRequests.route, params, signal);
      const text = texts.get(taskId) ?? '';
      texts.delete(taskId);
      return { decisionId, outcome, text };
    },
  };
}

function collect(texts: Map<string, string>, event: RouterEvent): void {
  if (event.type === 'delta') {
    const text = texts.get(event.taskId) ?? '';
    if (text.length < limits.answerChars) texts.set(event.taskId, text + event.text);
  }
  if (event.type === 'transition' && event.transition.mode === 'restart') texts.delete(event.taskId);
  if (event.type === 'error') texts.delete(event.taskId);
}

function progressPrinter(output: Output): (progress: BatchProgress) => void {
  return (progress) => {
    switch (progress.type) {
      case 'planned': {
        const { plan } = progress;
        const routes = plan.routes.map(({ route, slots }) => {
          const count = plan.assignment.filter((each) => each.route === route).length;
          return `${plain(route)} ${plural(count, 'task')} (${plural(slots, 'slot')})`;
        });
        output.line(`${plural(plan.assignment.length, 'task')} over ${routes.join(', ')}.`);
        output.line(`${plan.reason}\n`);
        break;
      }
      case 'started':
        break;
      case 'ended': {
        const { result, done, total } = progress;
        const how =
          result.status === 'succeeded'
            ? `${plain(result.outcome?.route ?? '')}  ${formatMs(result.outcome?.timings.totalMs ?? null)}`
            : `failed: ${plain(result.error?.message ?? 'no answer')}`;
        output.line(`[${done}/${total}] ${plain(result.id)}  ${how}`);
        break;
      }
    }
  };
}

function summaryText({ succeeded, failed, resumed, left }: BatchSummary, file: string): string {
  const parts = [
    `${succeeded} answered`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(resumed > 0 ? [`${resumed} done before`] : []),
    ...(left > 0 ? [`${left} left; the same command goes on with them`] : []),
  ];
  return `\n— ${parts.join(' · ')} · ${plain(file)}`;
}
