/**
 * What VS Code calls in its extension host: runs the suites with Mocha. They see the extension as another extension does,
 * through the editor's interface; what only a window shows is tested in `ui/`.
 */
import { commandsSuite } from './commands.ts';
import { editorModelsSuite } from './editor-models.ts';
import { settingsSuite } from './settings.ts';

/** A task with a fresh daemon takes seconds; the rest is for a loaded machine. */
const timeoutMs = 40_000;

export async function run(): Promise<void> {
  const { default: Mocha } = await import('mocha');
  const mocha = new Mocha({ ui: 'bdd', timeout: timeoutMs, color: false });
  // As for a file of its own: makes describe, it and the hooks.
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  commandsSuite();
  settingsSuite();
  editorModelsSuite();
  const failures = await new Promise<number>((resolve) => {
    mocha.run(resolve);
  });
  if (failures > 0) throw new Error(`${failures} tests of the suite failed.`);
}
