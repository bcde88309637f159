/**
 * Which VS Code the extension-host suites run in: this folder's host, or desktop VS Code as
 * `@vscode/test-electron` downloads it. The variable `TASK_ROUTER_TEST_EDITOR` decides.
 */
import { join } from 'node:path';

/**
 * The part of the options of `runTests` that chooses the editor: `runTests({ ...testEditor(),
 * extensionTestsPath, … })`. `TASK_ROUTER_TEST_EDITOR` is `host` (the default on Linux) or `desktop` (the
 * default elsewhere).
 * @throws when it is anything else.
 */
export function testEditor(): { readonly vscodeExecutablePath?: string } {
  const chosen =
    process.env['TASK_ROUTER_TEST_EDITOR'] ?? (process.platform === 'linux' ? 'host' : 'desktop');
  switch (chosen) {
    case 'host':
      return { vscodeExecutablePath: join(import.meta.dirname, 'code') };
    case 'desktop':
      return {};
    default:
      throw new Error(`TASK_ROUTER_TEST_EDITOR is "${chosen}"; it can be "host" or "desktop".`);
  }
}
