/** Carries out one command and turns every failure into a message with a code and an exit code. */
import type { RouterError } from '@task-router/protocol';
import { toRouterError } from '@task-router/protocol';
import type { Paths } from '@task-router/protocol/node';
import { runDemoServerProcess } from '../demo/index.ts';
import { version } from '../version.ts';
import { parseCommand } from './arguments.ts';
import type { Command } from './arguments.ts';
import { batchCommand } from './commands/batch.ts';
import { connectCommand } from './commands/connect.ts';
import { demoCommand } from './commands/demo.ts';
import { drillCommand } from './commands/drill.ts';
import { explainCommand } from './commands/explain.ts';
import { feedbackCommand } from './commands/feedback.ts';
import { healthCommand } from './commands/health.ts';
import { historyCommand } from './commands/history.ts';
import { keysCommand } from './commands/keys.ts';
import { nodeCommand } from './commands/node.ts';
import { replayCommand } from './commands/replay.ts';
import { routeCommand } from './commands/route.ts';
import { spendCommand } from './commands/spend.ts';
import { serveCommand, stopCommand } from './commands/daemon.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';
import { plain } from './output.ts';
import { openSession } from './session.ts';
import { usage, usageOf } from './usage.ts';
import type { Session } from './session.ts';

export interface Invocation {
  readonly argv: readonly string[];
  /** The program's own file, to start demo servers with. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  readonly paths: Paths;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Never rejects. */
export async function runCommand(invocation: Invocation): Promise<number> {
  const json = invocation.argv.includes('--json');
  try {
    return await run(parseCommand(invocation.argv), invocation);
  } catch (thrown) {
    return report(toRouterError(thrown), json, invocation.output, thrown);
  }
}

async function run(command: Command, invocation: Invocation): Promise<number> {
  const { output, paths, signal, entry, env, folder } = invocation;
  switch (command.name) {
    case 'route':
      return routeCommand({ command, output, paths, env, folder, signal });
    case 'batch':
      return batchCommand({ command, output, paths, env, folder, signal });
    case 'explain':
      return withSession(invocation, (session) => explainCommand(session, command, output));
    case 'feedback':
      return withSession(invocation, (session) => feedbackCommand(session, command, output));
    case 'health':
      return withSession(invocation, async (session) => {
        await healthCommand(session, { ...command, configFile: paths.configFile }, output);
        return exitCodes.answered;
      });
    case 'node':
      return withSession(invocation, (session) => nodeCommand(session, command, output));
    case 'history':
      return withSession(invocation, (session) => historyCommand(session, command, output));
    case 'replay':
      return withSession(invocation, (session) => replayCommand(session, { ...command, folder }, output));
    case 'spend':
      return withSession(invocation, async (session) => {
        await spendCommand(session, command, output);
        return exitCodes.answered;
      });
    case 'demo':
      return demoCommand({ json: command.json, entry, paths, output, signal });
    case 'drill':
      return drillCommand({ command, output, paths, env, signal });
    case 'connect':
      return withSession(invocation, (session) => connectCommand(session, { ...command, signal }, output));
    case 'keys':
      return withSession(invocation, async (session) => {
        await keysCommand(session, command, output);
        return exitCodes.answered;
      });
    case 'serve':
      return serveCommand({ idleMinutes: command.idleMinutes, paths, environment: env, output, signal });
    case 'stop':
      return stopCommand({ paths, output });
    case 'demo-server':
      return runDemoServerProcess(command.args);
    case 'version':
      output.line(version);
      return exitCodes.answered;
    case 'help':
      output.line((command.of === null ? null : usageOf(command.of)) ?? usage);
      return exitCodes.answered;
  }
}

async function withSession(
  { paths, env }: Invocation,
  work: (session: Session) => Promise<number>,
): Promise<number> {
  const session = await openSession(paths, env);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

function report(error: RouterError, json: boolean, output: Output, thrown: unknown): number {
  if (json) output.json({ type: 'error', ...error.toWire() });
  else output.problem(`${error.code}: ${plain(error.message)}\n${plain(error.next)}`);
  // The stack is for those who work on Task Router; everybody else has code and next step.
  if (error.code === 'internal.unexpected' && process.env['TASK_ROUTER_DEBUG'] !== undefined)
    console.error(thrown);
  const isUsage = error.code === 'usage.invalid' || error.code.startsWith('task.');
  return isUsage ? exitCodes.usage : exitCodeOf(error.code);
}
