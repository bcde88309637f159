/**
 * Three tiers. `unit` is what `npm test` runs: offline, below two minutes, in processes that files share; `unit-alone` are
 * those of it that need a process each. `slow` holds what takes minutes (soak, kill, the package), after it those of them
 * that must have the machine to themselves. `editor` drives a real VS Code in a browser, one file at a time.
 */
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';
import { compiledCache } from './test/support/compiled-cache.ts';

const minute = 60_000;

/**
 * V8 keeps one list of pages with code for all threads, and may lose one while a thread ends and WebAssembly code is
 * replaced by a better one: the process then ends (`jit_page.has_value()`; Node up to 24). Node's `fetch` parses HTTP in
 * WebAssembly, and files with daemons start and end dozens of history threads. So here its code stays as it was first made.
 */
const keepWasmCode = ['--no-wasm-tier-up', '--wasm-wrapper-tiering-budget=1000000000'];

// History threads and programs that tests start: what Node compiled once serves all of them.
process.env.NODE_COMPILE_CACHE ??= compiledCache;

/** Tests that look at the process's own memory, which must hold nobody else's. */
const wantsTheProcess = ['daemon/src/platform/{quiet-memory,roster}.test.ts'];

/** Slow tests about how soon something happens: beside others they would measure those. */
const wantsTheMachine = ['failover-chaos', 'local-engine', 'panel-stream'].map(
  (name) => `test/slow/${name}.test.ts`,
);

/** Files that take a minute or more begin first, so that none of them is waited for alone in the end. */
const takesAMinute = /\/test\/slow\/(?:kill|local-silence|panel|failover-streams)\.test\.ts$/;

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [true, false].flatMap((first) =>
      sorted.filter(({ moduleId }) => takesAMinute.test(moduleId) === first),
    );
  }
}

const quick = {
  setupFiles: ['test/support/offline.ts'],
  execArgv: keepWasmCode,
  testTimeout: 20_000,
  hookTimeout: 20_000,
};

const patient = {
  testTimeout: 5 * minute,
  hookTimeout: 5 * minute,
  // A window on a loaded machine takes its time; a condition that holds is waited for no longer than that.
  expect: { poll: { timeout: 15_000 } },
};

export default defineConfig({
  test: {
    allowOnly: false,
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...quick,
          name: 'unit',
          // The `vscode` module exists only inside the editor: what imports it is tested by the editor tier.
          include: [
            '{protocol,daemon,extension,webview}/src/**/*.test.ts',
            'scripts/**/*.test.ts',
            'test/{arch,bench,conformance,integration,simulation,support}/**/*.test.ts',
          ],
          exclude: wantsTheProcess,
          // A process of its own for each file took a quarter of the tier's time, most of it for reading the same modules again.
          // Nothing keeps state in a module, and what ends processes or changes an environment does so in children.
          isolate: false,
        },
      },
      {
        test: { ...quick, name: 'unit-alone', include: wantsTheProcess },
      },
      {
        test: {
          ...patient,
          name: 'slow',
          // Some of them do little but wait.
          maxWorkers: 3,
          include: ['test/slow/**/*.test.ts'],
          exclude: wantsTheMachine,
          execArgv: keepWasmCode,
        },
      },
      {
        test: {
          ...patient,
          name: 'slow-alone',
          include: wantsTheMachine,
          execArgv: keepWasmCode,
          fileParallelism: false,
          // Tests that wait most of their time say that they run side by side.
          maxConcurrency: 20,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...patient,
          name: 'editor',
          include: ['test/editor/ui/**/*.test.ts'],
          globalSetup: ['test/editor/setup.ts'],
          // Two editors beside each other save a minute, and wait for each other where a person would not.
          fileParallelism: false,
        },
      },
    ],
  },
});
