/** The committed weights are what the shipped data give: training is deterministic, and nobody edited the file. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('trains the committed weights again, to the byte', () => {
  const root = join(import.meta.dirname, '../..');
  const said = execFileSync(process.execPath, ['scripts/train-routing.ts', '--check'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect(said).toContain('is fresh');
});
