/**
 * `npm run package`: builds all bundles and packs them as dist/task-router-<version>.vsix. `.vscodeignore` lets in what
 * ships and nothing else; test/slow/package.test.ts opens the file and looks.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { writeThirdPartyNotices } from './third-party-notices.ts';

const root = join(import.meta.dirname, '..');
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly name: string;
  readonly version: string;
};
const require = createRequire(import.meta.url);
const vsce = join(require.resolve('@vscode/vsce/package.json'), '../vsce');
const out = `dist/${name}-${version}.vsix`;

/** Our own Node runs both, whatever `node` means to the shell. What went wrong they have printed themselves. */
function node(...args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) process.exit(status ?? 1);
}

node('esbuild.mjs', '--all', '--meta');
writeThirdPartyNotices(root, join(root, 'out/meta'), join(root, 'dist/THIRD_PARTY_NOTICES.txt'));
// The bundles hold their dependencies already; and the README's images are not in the package.
node(
  vsce,
  'package',
  '--no-dependencies',
  '--allow-missing-repository',
  '--no-rewrite-relative-links',
  '--out',
  out,
);
