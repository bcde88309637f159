/** A `TASK_ROUTER_HOME` of its own for each test, removed afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Paths, resolvePaths } from '@task-router/protocol/node';

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tr-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function temporaryPaths(): Paths {
  return resolvePaths({ TASK_ROUTER_HOME: temporaryFolder() });
}
