/** One daemon at a time has the lock, and whoever dies lets go of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/server-home.ts';
import { acquireLeaderLock } from './leader-lock.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

describe('leader lock', () => {
  it('lets exactly one in and is free again after release', async () => {
    const path = join(folder, 'lock.db');
    const first = await acquireLeaderLock(path);
    expect(first).not.toBeNull();
    expect(await acquireLeaderLock(path)).toBeNull();
    first?.release();
    const second = await acquireLeaderLock(path);
    expect(second).not.toBeNull();
    second?.release();
  });

  it('is free at once after its holder was killed', async () => {
    const path = join(folder, 'lock.db');
    const script = `const { acquireLeaderLock } = await import(${JSON.stringify(new URL('./leader-lock.ts', import.meta.url).href)});
      globalThis.lock = await acquireLeaderLock(${JSON.stringify(path)});
      process.stdout.write(globalThis.lock ? 'held' : 'busy');
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(holder.stdout, 'data')) as [Buffer];
    expect(said.toString()).toBe('held');
    expect(await acquireLeaderLock(path)).toBeNull();
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const next = await acquireLeaderLock(path);
    expect(next).not.toBeNull();
    next?.release();
  });
});
