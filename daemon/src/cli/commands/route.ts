/** `task-router route`: one task, from the models that were found to the answer. */
import { createInterface } from 'node:readline/promises';
import type { NodeView, Outcome, RouterEvent, TaskInput, Transition } from '@task-router/protocol';
import { RouterError, daemonRequests, toRouterError } from '@task-router/protocol';
import type { Paths } from '@task-router/protocol/node';
import type { Command } from '../arguments.ts';
import type { TerminalAnswer } from '../answer/terminal-answer.ts';
import { decisionCard } from '../card.ts';
import { collectContext } from '../context/collect.ts';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import { formatMs, formatUsd, plural, wrapLines } from '../format.ts';
import type { Output } from '../output.ts';
import { plain } from '../output.ts';
import { allocationLines, queueLine } from '../resource-lines.ts';
import { configProblemLines, openSession } from '../session.ts';
import type { Session } from '../session.ts';
import { startDemoIfNothingElse } from '../demo-standby.ts';

export interface RouteOptions {
  readonly command: Extract<Command, { name: 'route' }>;
  readonly paths: Paths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  readonly output: Output;
  /** Aborted by Ctrl+C: cancels the task. */
  readonly signal: AbortSignal;
}

/** What is asked and started before any task. */
type PrepareOptions = Omit<RouteOptions, 'command'> & {
  readonly command: { readonly allowCloud: boolean; readonly json: boolean };
};

/** Resolves with the exit code; rejects with `RouterError` for what went wrong before the task began. */
export async function routeCommand(options: RouteOptions): Promise<number> {
  const { command, folder, paths, env } = options;
  // Before anything is started: a bad path is the caller's to mend.
  const context = collectContext({ folder, prompt: command.prompt, files: command.files });
  const session = await openSession(paths, env);
  const demo = await prepare(session, options);
  try {
    const task: TaskInput = {
      prompt: command.prompt,
      context: [...context.spans],
      skippedContext: [...context.skipped],
      priority: command.priority,
      ...(command.kind && { kind: command.kind }),
      ...(command.maxCostUsd !== null && { constraints: { maxCostUsd: command.maxCostUsd } }),
    };
    return await runTask(session, task, options);
  } finally {
    await demo?.dispose();
    await session.close();
    if (demo && !command.json) sayWhatNext(options.output, paths.configFile);
  }
}

/** Says what was found, asks once about found accounts, and brings up the demo fleet when there is nothing else. */
export async function prepare(session: Session, options: PrepareOptions) {
  const { command, output, paths } = options;
  const { nodes } = await session.client.request(daemonRequests.health, {});
  for (const line of await configProblemLines(session)) output.problem(plain(line));
  if (!command.json) output.line(foundText(nodes));
  const confirmed = command.allowCloud || (await confirmFoundAccounts(session, nodes, options));
  const demo = await startDemoIfNothingElse({
    nodes,
    foundAccountsCount: confirmed,
    demoFile: paths.demoFile,
  });
  if (demo && !command.json) {
    output.line('Nothing else can answer, so the demo fleet does: scripted servers, no real model.');
  }
  if (!command.json) output.line();
  return demo;
}

function foundText(nodes: readonly NodeView[]): string {
  const found = nodes.filter((node) => node.access !== 'keyMissing' && !node.isDemo);
  if (found.length === 0) {
    return nodes.some((node) => node.isDemo)
      ? 'Found the demo fleet alone: scripted servers, no real model.'
      : 'Found no model server, no provider key and no configuration.';
  }
  const texts = found.map((node) => {
    const models = plural(node.routes.length, 'model');
    switch (node.access) {
      case 'ready':
        return `${node.label} (${models})`;
      case 'consentNeeded':
        return `${node.label} (key in the environment, not confirmed)`;
      case 'keyRejected':
        return `${node.label} (key rejected)`;
      default:
        return `${node.label} (not reachable)`;
    }
  });
  return `Found ${texts.join(', ')}.`;
}

/** Only a person at a terminal can agree; everybody else says --allow-cloud. */
async function confirmFoundAccounts(
  session: Session,
  nodes: readonly NodeView[],
  { output, command, signal }: PrepareOptions,
): Promise<boolean> {
  const found = nodes.filter((node) => node.access === 'consentNeeded');
  if (found.length === 0) return false;
  if (!output.isTerminal || !process.stdin.isTTY || command.json) {
    if (!command.json) output.line('Accounts that were merely found are used only with --allow-cloud.');
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const names = found.map((node) => node.label).join(', ');
    const question = `May tasks be sent to ${names}? It costs money and receives your code. [y/N] `;
    const agreed = /^y(es)?$/i.test((await terminal.question(question, { signal })).trim());
    for (const { nodeId } of agreed ? found : []) {
      await session.client.request(daemonRequests.setKey, { nodeId, source: 'environment', confirmed: true });
    }
    return agreed;
  } finally {
    terminal.close();
  }
}

async function runTask(session: Session, task: TaskInput, options: RouteOptions): Promise<number> {
  const { command, output, signal } = options;
  const show = command.json ? jsonPrinter(output) : textPrinter(output, await answerWriter(output));
  const stop = session.client.onEvent(({ event }) => {
    show(event);
  });
  try {
    const { outcome } = await session.client.request(
      daemonRequests.route,
      { type: 'run', task, allowFoundAccounts: command.allowCloud, onDisconnect: 'cancel' },
      signal,
    );
    return outcome.status === 'succeeded' ? exitCodes.answered : exitCodes.failed;
  } catch (thrown) {
    const error = signal.aborted ? new RouterError('route.interrupted', 'Cancelled.') : toRouterError(thrown);
    if (error.code === 'daemon.unreachable') show({ type: 'error', taskId: '', error: error.toWire() });
    return exitCodeOf(error.code);
  } finally {
    stop();
  }
}

/** What an answer looks like where it is read. */
type AnswerWriter = Pick<TerminalAnswer, 'push' | 'flush' | 'restart'>;

/** Markdown is shown in a terminal; everybody else gets what the model wrote. */
async function answerWriter(output: Output): Promise<AnswerWriter> {
  if (!output.hasStyles) return { push: plain, flush: () => '', restart: () => undefined };
  const { TerminalAnswer } = await import('../answer/terminal-answer.ts');
  return new TerminalAnswer();
}

/** One event a line. */
function jsonPrinter(output: Output): (event: RouterEvent) => void {
  return (event) => {
    switch (event.type) {
      case 'decision': {
        const { decision } = event;
        output.json({ type: 'decision', ...decision });
        break;
      }
      case 'delta':
        output.json({ type: 'delta', text: event.text });
        break;
      case 'transition':
        output.json({ type: 'transition', ...event.transition });
        break;
      case 'queued':
        output.json({ type: 'queued', queue: event.queue });
        break;
      case 'allocation':
        output.json({ type: 'allocation', ...event.allocation });
        break;
      case 'budgetWarning':
        output.json({ type: 'budgetWarning', message: event.message });
        break;
      case 'outcome':
        output.json({ type: 'outcome', ...event.outcome });
        break;
      case 'error':
        output.json({ type: 'error', ...event.error });
        break;
      default:
        break;
    }
  };
}

function textPrinter(output: Output, answer: AnswerWriter): (event: RouterEvent) => void {
  return (event) => {
    if (event.type !== 'delta') output.write(answer.flush());
    switch (event.type) {
      case 'decision':
        output.line(`${decisionCard(event.decision, { whole: false, columns: output.columns })}\n`);
        break;
      case 'delta':
        output.write(answer.push(event.text));
        break;
      case 'transition': {
        const { from, to, message } = event.transition;
        const how = seamText(event.transition);
        if (event.transition.mode === 'restart') answer.restart();
        output.line(`\n⇢ ${plain(from)} failed (${plain(message)}); now ${plain(to)}. ${how}\n`);
        break;
      }
      case 'queued':
        if (event.queue !== null) output.line(queueLine(event.queue));
        break;
      case 'allocation':
        for (const line of allocationLines(event.allocation)) output.line(line);
        break;
      case 'budgetWarning':
        output.problem(plain(event.message));
        break;
      case 'outcome':
        output.line(`\n\n${wrapLines(outcomeText(event.outcome), output.columns)}`);
        break;
      case 'error':
        output.problem(`\n${event.error.code}: ${plain(event.error.message)}\n${plain(event.error.next)}`);
        break;
      default:
        break;
    }
  };
}

function seamText({ mode, textOffset = 0 }: Transition): string {
  if (mode === 'restart') return 'The answer starts again.';
  return textOffset === 0 ? 'Nothing was lost.' : 'The answer goes on from where it broke off.';
}

function outcomeText(outcome: Outcome): string {
  const { timings, tokens } = outcome;
  const parts = [
    outcome.status,
    ...(outcome.route === null ? [] : [`by ${plain(outcome.route)}`]),
    plural(outcome.attempts, 'attempt'),
    `first token ${formatMs(timings.firstTokenMs)}`,
    `total ${formatMs(timings.totalMs)}`,
    `tokens ${tokens.input ?? '?'} in, ${tokens.output ?? '?'} out`,
    `cost ${formatUsd(outcome.costUsd)}`,
    ...(outcome.finishReason === 'length' && outcome.shortened === undefined
      ? ['cut at the model’s output limit']
      : []),
  ];
  const { shortened } = outcome;
  const cut =
    shortened === undefined
      ? ''
      : `\n  The answer was cut at ${shortened.maxOutputTokens} tokens: ${plain(shortened.reason)}`;
  const warning = outcome.warning === undefined ? '' : `\n! ${plain(outcome.warning)}`;
  return `— ${parts.join(' · ')}${cut}${warning}`;
}

function sayWhatNext(output: Output, configFile: string): void {
  output.line(`
What next:
  add a key         export ANTHROPIC_API_KEY=… (or OPENAI_API_KEY, GEMINI_API_KEY), then add --allow-cloud
  point at a server start Ollama, LM Studio or llama.cpp on its usual port, or name it in ${configFile}
  use it in VS Code npm run package, then code --install-extension dist/task-router-*.vsix`);
}
