/**
 * The suite that runs inside VS Code's extension host, started through `@vscode/test-electron`: in the test host of this
 * folder, or in desktop VS Code. The packaged extension is installed, and the suite is developed beside it.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { runTests } from '@vscode/test-electron';
import JSZip from 'jszip';
import { expect, inject, it, onTestFinished } from 'vitest';
import * as z from 'zod';
import { CliHome, startDemo } from '../../support/cli.ts';
import { buildExtension } from '../build-extension.ts';
import { REPOSITORY_ROOT } from '../host/install.ts';
import { testEditor } from '../host/test-editor.ts';
import { project } from './support/project.ts';

it('passes in the extension host', async () => {
  const root = await mkdtemp(join(tmpdir(), 'task-router-suite-'));
  onTestFinished(() => rm(root, { recursive: true, force: true, maxRetries: 5 }));
  const cli = new CliHome();
  onTestFinished(() => cli.dispose());
  // Keys that lie around on this machine would send the suite's tasks to a paid model.
  const config = { discovery: { environmentKeys: false, localServers: false } };
  await writeFile(join(cli.home, 'config.jsonc'), JSON.stringify(config));
  await startDemo(cli);

  const folder = join(root, 'shop');
  for (const [path, content] of Object.entries(project)) await put(join(folder, path), content);
  // Below the repository, where Mocha is found.
  const suite = join(REPOSITORY_ROOT, 'out', 'editor-suite');
  const sources = join(import.meta.dirname, '..', 'suite');
  await buildExtension(suite, { manifest: join(sources, 'manifest.json'), entry: join(sources, 'index.ts') });
  const extensionsDir = join(root, 'extensions');
  await unpack(inject('vsix'), extensionsDir);

  const output = new PassThrough();
  const said = text(output);
  const code = await runTests({
    ...testEditor(),
    extensionDevelopmentPath: suite,
    extensionTestsPath: join(suite, 'main.cjs'),
    extensionTestsEnv: { TASK_ROUTER_HOME: cli.home },
    launchArgs: [folder, '--extensions-dir', extensionsDir, '--user-data-dir', join(root, 'user-data')],
    stdout: output,
    stderr: output,
  }).catch(() => 1);
  output.end();
  const report = await said;
  expect(code, report).toBe(0);
  expect(report).toMatch(/\d+ passing/);
  expect(report).not.toMatch(/pending|failing/);
});

const manifestSchema = z.object({ publisher: z.string(), name: z.string(), version: z.string() });

/** A package is an archive with the extension in one of its folders; this is what installing does with it. */
async function unpack(vsix: string, extensionsDir: string): Promise<void> {
  const zip = await JSZip.loadAsync(await readFile(vsix));
  const manifest = (await zip.file('extension/package.json')?.async('string')) ?? '{}';
  const { publisher, name, version } = manifestSchema.parse(JSON.parse(manifest));
  const folder = join(extensionsDir, `${publisher}.${name}-${version}`);
  for (const entry of Object.values(zip.files)) {
    if (entry.dir || !entry.name.startsWith('extension/')) continue;
    await put(join(folder, entry.name.slice('extension/'.length)), await entry.async('nodebuffer'));
  }
}

async function put(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}
