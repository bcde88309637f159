/** The extension as a user gets it, packed for the tests and benches that install it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { REPOSITORY_ROOT } from './host/install.ts';

const manifestSchema = z.object({ name: z.string(), version: z.string() });

/**
 * Runs `npm run package` and returns the package's absolute path. `TASK_ROUTER_TEST_VSIX` names one that is there
 * already, for example one that is about to be published.
 * @throws with the output when it fails
 */
export async function packageExtension(): Promise<string> {
  const given = process.env['TASK_ROUTER_TEST_VSIX'];
  if (given !== undefined && given !== '') return given;
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
  const manifest: unknown = JSON.parse(await readFile(join(REPOSITORY_ROOT, 'package.json'), 'utf8'));
  const { name, version } = manifestSchema.parse(manifest);
  return join(REPOSITORY_ROOT, 'dist', `${name}-${version}.vsix`);
}
