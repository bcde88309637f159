/**
 * Global set-up of the editor tests: the test host is installed and the extension packaged once, before the first file
 * runs. The tests install that VSIX, so what they see is what a user gets, not the sources.
 */
import { rm } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import { ensureTestHost } from './host/install.ts';
import { packageExtension } from './package-vsix.ts';
import { evidenceFolder } from './ui/support/evidence.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The packaged extension, as an absolute path. */
    readonly vsix: string;
  }
}

export async function setup(project: TestProject): Promise<void> {
  await rm(evidenceFolder, { recursive: true, force: true });
  await ensureTestHost();
  project.provide('vsix', await packageExtension());
}
