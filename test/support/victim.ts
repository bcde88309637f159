/** A process that is going to be killed, from a few lines of source; what it says on its standard output is read. */
import { spawn } from 'node:child_process';
import { compiledCache } from './compiled-cache.ts';

/**
 * @param imports  source that loads what the process needs
 * @param script   source that runs with it
 */
export function startVictim(imports: string, script: string) {
  // Node saves what it compiled at the end of a process, and this one's end gives it no time to.
  const source = `${imports}
    (await import('node:module')).flushCompileCache();
    ${script}`;
  return spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: compiledCache },
  });
}
