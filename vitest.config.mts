/**
 * Three tiers. `unit` is what `npm test` runs: offline, below two minutes. `slow` holds what takes minutes (soak, kill,
 * the package). `editor` drives a real VS Code in a browser, one file at a time, because two editors do not fit beside
 * each other on a small machine.
 */
import { defineConfig } from 'vitest/config';

const minute = 60_000;

export default defineConfig({
  test: {
    allowOnly: false,
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          // The `vscode` module exists only inside the editor: what imports it is tested by the editor tier.
          include: [
            '{protocol,daemon,extension,webview}/src/**/*.test.ts',
            'scripts/**/*.test.ts',
            'test/{arch,bench,conformance,integration,simulation,support}/**/*.test.ts',
          ],
          setupFiles: ['test/support/offline.ts'],
          testTimeout: 20_000,
          hookTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'slow',
          include: ['test/slow/**/*.test.ts'],
          testTimeout: 5 * minute,
          hookTimeout: 5 * minute,
          // A window on a loaded machine takes its time; a condition that holds is waited for no longer than that.
          expect: { poll: { timeout: 15_000 } },
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'editor',
          include: ['test/editor/ui/**/*.test.ts'],
          globalSetup: ['test/editor/setup.ts'],
          testTimeout: 5 * minute,
          hookTimeout: 5 * minute,
          // A window on a loaded machine takes its time; a condition that holds is waited for no longer than that.
          expect: { poll: { timeout: 15_000 } },
          fileParallelism: false,
        },
      },
    ],
  },
});
