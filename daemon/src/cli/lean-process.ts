/**
 * A daemon that a person starts by hand gets the memory settings with which clients start one. They can only be had at the
 * start of a process, so this one is begun anew in its place: same id, same output, same arguments.
 */
import { daemonFlags, memoryEnvironment } from '@task-router/protocol/node';

/**
 * Does not return where it begins the process anew. Windows can't do that, nor can older Node, and there the daemon runs with
 * what it has. Sources are left as they are: whoever runs them wants their own flags, and they are slow to load twice.
 */
export function beginLean(): void {
  const { argv, env, execArgv, execPath, platform } = process;
  const [, entry = '', command] = argv;
  const isLean = daemonFlags.every((flag) => execArgv.includes(flag));
  if (command !== 'serve' || isLean || !entry.endsWith('.cjs') || platform === 'win32') return;
  process.execve?.(
    execPath,
    [execPath, ...daemonFlags, ...execArgv, ...argv.slice(1)],
    // What a person set wins.
    { ...memoryEnvironment, ...env },
  );
}
