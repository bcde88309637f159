/**
 * Three tiers. `unit` is what `npm test` runs: offline, below two minutes. `slow` holds what takes minutes (soak, kill,
 * the package). `editor` drives a real VS Code in a browser, one file at a time, because two editors do not fit beside
 * each other on a small machine.
 */
import { defineConfig } from 'vitest/config';

const minute = 60_000;

/**
 * V8 keeps one list of pages with code for all threads, and may lose one while a thread ends and WebAssembly code is replaced by a
 * better one: the process then ends (`jit_page.has_value()`; Node up to 24). Node's `fetch` parses HTTP in WebAssembly, and files with
 * daemons start and end dozens of history threads. So here its code stays as it was first made.
 */
const keepWasmCode = ['--no-wasm-tier-up', '--wasm-wrapper-tiering-budget=1000000000'];

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
          execArgv: keepWasmCode,
          testTimeout: 20_000,
          hookTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'slow',
          include: ['test/slow/**/*.test.ts'],
          execArgv: keepWasmCode,
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
