/** The committed catalogue is what the generator makes of the installed packages. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('is fresh', async () => {
  const script = join(import.meta.dirname, 'generate-catalog.ts');
  const { stderr } = await promisify(execFile)(process.execPath, [script, '--check']);
  expect(stderr).toBe('');
}, 60_000);
