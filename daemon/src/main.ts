#!/usr/bin/env node
/** Process entry of `task-router`: arguments in, exit code out. Daemon and command line are this one program. */
import { resolvePaths } from '@task-router/protocol/node';
import { runCommand } from './cli/run-command.ts';
import { beginLean } from './cli/lean-process.ts';
import { processOutput } from './cli/output.ts';

beginLean();
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // The first one asks politely; a second one, while the first is being carried out, ends the process.
  process.once(signal, () => {
    process.once(signal, () => process.exit(1));
    interrupted.abort();
  });
}

void runCommand({
  argv: process.argv.slice(2),
  entry: process.argv[1] ?? '',
  env: process.env,
  folder: process.cwd(),
  paths: resolvePaths(),
  output: processOutput(),
  signal: interrupted.signal,
}).then((exitCode) => {
  process.exitCode = exitCode;
});
