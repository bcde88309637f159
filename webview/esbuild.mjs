/**
 * Builds the panel: one script and one style sheet for the webview, with the icon font beside them. The page's
 * content policy allows files of this folder only, so everything it needs is copied here.
 *
 * `node webview/esbuild.mjs [--dev] [folder]` builds into `dist/webview`, or into the folder given; with `--dev` the
 * harness of `webview/dev/` comes with it.
 */
import { copyFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = import.meta.dirname;
const icons = join(dirname(createRequire(import.meta.url).resolve('@vscode/codicons/package.json')), 'dist');

/** @type {import('esbuild').BuildOptions} Everything but where to. */
export const webviewOptions = {
  entryPoints: { main: join(here, 'src/main.ts') },
  bundle: true,
  format: 'iife',
  platform: 'browser',
  target: 'chrome120',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
};

/** @type {import('esbuild').BuildOptions} */
export const styleOptions = {
  entryPoints: { main: join(here, 'src/styles/main.css') },
  bundle: true,
  minify: true,
  logLevel: 'warning',
};

/**
 * Builds script and styles and copies the icons.
 * @param {string} outdir
 * @param {{ sourcemap?: boolean }} [options]
 * @returns {Promise<import('esbuild').Metafile>} what went into the script
 */
async function buildWebview(outdir, { sourcemap = false } = {}) {
  await mkdir(outdir, { recursive: true });
  const script = await build({ ...webviewOptions, outdir, sourcemap, metafile: true });
  await build({ ...styleOptions, outdir });
  for (const file of ['codicon.css', 'codicon.ttf']) await copyFile(join(icons, file), join(outdir, file));
  return script.metafile;
}

/**
 * Builds the panel together with the page that shows it outside the editor.
 * @param {string} outdir
 */
export async function buildHarness(outdir) {
  await buildWebview(outdir, { sourcemap: true });
  const entryPoints = { harness: join(here, 'dev/harness.ts') };
  await build({ ...webviewOptions, entryPoints, outdir, minify: false });
  for (const file of ['index.html', 'vscode-default.css']) {
    await copyFile(join(here, 'dev', file), join(outdir, file));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder = join(here, '..', 'dist', 'webview')] = process.argv
    .slice(2)
    .filter((word) => word !== '--dev');
  await (process.argv.includes('--dev') ? buildHarness(folder) : buildWebview(folder));
}
