/**
 * Runs inside the extension host, between VS Code and the suite: says when the suite begins and how it ended.
 * VS Code alone is not believed on that, because in a window on the web it reports success when the extension
 * host dies in the middle of a suite. `code.ts` reads what is said here.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** What VS Code calls. Rejects when the suite rejects, as without this file. */
export async function run(): Promise<void> {
  const path = process.env['TASK_ROUTER_SUITE'] ?? '';
  const marker = process.env['TASK_ROUTER_SUITE_MARKER'] ?? '';
  // As VS Code does it: everything is required, unless its name says that it has to be imported.
  const suite: unknown = path.endsWith('.mjs')
    ? await import(pathToFileURL(path).href)
    : createRequire(import.meta.url)(path);
  if (!hasRun(suite)) throw new Error(`${path} does not export a function called run.`);
  console.log(`${marker}begin`);
  try {
    await suite.run();
  } catch (error) {
    console.error(error);
    console.log(`${marker}failed`);
    throw error;
  }
  console.log(`${marker}passed`);
}

function hasRun(suite: unknown): suite is { readonly run: () => unknown } {
  return typeof suite === 'object' && suite !== null && 'run' in suite && typeof suite.run === 'function';
}
