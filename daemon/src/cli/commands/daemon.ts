/** `task-router serve` and `task-router stop`. */
import { once } from 'node:events';
import { RouterError } from '@task-router/protocol';
import type { Paths } from '@task-router/protocol/node';
import { startDaemon } from '../../compose.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { joinSession } from '../session.ts';

/** Runs until it is told to stop, is alone for too long, or the signal aborts. Exit code 0 also for the loser of a
 * start race: somebody serves. Keys in its own environment are used as long as it runs: tools bring none. */
export async function serveCommand(options: {
  readonly idleMinutes: number;
  readonly paths: Paths;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly output: Output;
  readonly signal: AbortSignal;
}): Promise<number> {
  const daemon = await startDaemon(options);
  if (!daemon) {
    options.output.line('A daemon of this user is running already.');
    return exitCodes.answered;
  }
  options.output.line(`Serving. End it with Ctrl+C or \`task-router stop\`. Log: ${options.paths.logFile}`);
  const interrupted = options.signal.aborted ? Promise.resolve() : once(options.signal, 'abort');
  await Promise.race([daemon.stopped, interrupted]);
  await daemon.stop();
  return exitCodes.answered;
}

/** Rejects with `daemon.notRunning`. */
export async function stopCommand({
  paths,
  output,
}: {
  readonly paths: Paths;
  readonly output: Output;
}): Promise<number> {
  const session = await joinSession(paths, {});
  if (!session) throw new RouterError('daemon.notRunning', 'No daemon is running.');
  await session.client.stopDaemon();
  await session.client.closed;
  output.line('The daemon has ended.');
  return exitCodes.answered;
}
