/**
 * One demo server as a process of its own: the hidden subcommand `demo-server --id demo-fast`.
 *
 * It says where it listens on one line of JSON and lives exactly as long as its standard input: whoever started it
 * holds the other end, so even a starter that is killed takes its servers along.
 */
import { parseArgs } from 'node:util';
import { demoProfiles, demoServerIds } from './profiles.ts';
import { startDemoServer } from './server.ts';

/** The word before the arguments. */
export const demoServerCommand = 'demo-server';

/**
 * Runs until standard input ends or the server is stopped by a fault. `argv` is what follows `demo-server`:
 * `--id` (required), `--seed`, `--speed`, `--port`. Returns the exit code: 0, 1 when the port
 * can't be listened on, 2 for wrong arguments.
 */
export async function runDemoServerProcess(argv: readonly string[]): Promise<number> {
  const options = readArguments(argv);
  if (options === undefined) {
    process.stderr.write(
      `Usage: ${demoServerCommand} --id ${demoServerIds.join('|')} [--seed N] [--speed N] [--port N]\n`,
    );
    return 2;
  }
  const { id, ...rest } = options;
  const server = await startDemoServer(demoProfiles[id], rest).catch((error: unknown) => String(error));
  if (typeof server === 'string') {
    process.stderr.write(`${id} could not be started: ${server}\n`);
    return 1;
  }
  const orphaned = whenInputEnds();
  const ready = {
    id,
    pid: process.pid,
    url: server.baseUrl,
    provider: server.provider,
    models: server.models.map((model) => model.id),
    controlUrl: server.controlUrl,
    controlToken: server.controlToken,
  };
  process.stdout.on('error', () => undefined);
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  await Promise.race([orphaned, server.stopped]);
  await server.stop();
  process.stdin.destroy();
  return 0;
}

function whenInputEnds(): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ['end', 'close', 'error'] as const) process.stdin.once(event, () => resolve());
    process.stdin.resume();
  });
}

function readArguments(argv: readonly string[]) {
  try {
    const string = { type: 'string' } as const;
    const { values } = parseArgs({
      args: [...argv],
      options: { id: string, seed: string, speed: string, port: string },
    });
    const id = demoServerIds.find((known) => known === values.id);
    const numbers = {
      seed: Number(values.seed ?? 1),
      speed: Number(values.speed ?? 1),
      port: Number(values.port ?? 0),
    };
    const sane = Object.values(numbers).every((value) => Number.isFinite(value) && value >= 0);
    return id !== undefined && sane ? { id, ...numbers } : undefined;
  } catch {
    return undefined;
  }
}
