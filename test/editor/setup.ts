/**
 * Global set-up of the editor tests: the test host is installed and the extension packaged once, before the first file
 * runs. The tests install that VSIX, so what they see is what a user gets, not the sources.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import * as z from 'zod';
import { ensureTestHost, REPOSITORY_ROOT } from './host/install.ts';
import { evidenceFolder } from './ui/support/evidence.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The packaged extension, as an absolute path. */
    readonly vsix: string;
  }
}

const manifestSchema = z.object({ name: z.string(), version: z.string() });

/** `TASK_ROUTER_TEST_VSIX` names a package that is there already, for example one that is about to be published. */
export async function setup(project: TestProject): Promise<void> {
  await rm(evidenceFolder, { recursive: true, force: true });
  await ensureTestHost();
  project.provide('vsix', process.env['TASK_ROUTER_TEST_VSIX'] ?? (await packageExtension()));
}

/** `npm run package`, whose output is shown only when it fails. */
async function packageExtension(): Promise<string> {
  const child = spawn(process.execPath, [join('scripts', 'package-vsix.ts')], {
    cwd: REPOSITORY_ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const [code] = (await once(child, 'close')) as unknown[];
  if (code !== 0) throw new Error(`The extension could not be packaged:\n${output}`);
  const { name, version } = manifestSchema.parse(
    JSON.parse(await readFile(join(REPOSITORY_ROOT, 'package.json'), 'utf8')),
  );
  return join(REPOSITORY_ROOT, 'dist', `${name}-${version}.vsix`);
}
