/**
 * Builds what ships: the extension, the daemon and the panel, each as one file, and copies what cannot be bundled.
 *
 *   node esbuild.mjs [--all] [--dev] [--watch] [--meta]
 *
 * --all    a missing entry file is an error; without it, what is not there yet is skipped
 * --dev    source maps, not minified
 * --watch  builds again on every change
 * --meta   writes what went into each bundle to out/meta/<bundle>.json
 */
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import * as esbuild from 'esbuild';
import { styleOptions, webviewOptions } from './webview/esbuild.mjs';

const root = import.meta.dirname;
const { values: flags } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    dev: { type: 'boolean', default: false },
    watch: { type: 'boolean', default: false },
    meta: { type: 'boolean', default: false },
  },
});

/** CommonJS has no import.meta: the banner computes what the sources ask of it. */
const importMeta = {
  banner: {
    js: [
      "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;",
      'const __importMetaMain = require.main === module;',
    ].join('\n'),
  },
  define: {
    'import.meta.url': '__importMetaUrl',
    'import.meta.main': '__importMetaMain',
    'import.meta.dirname': '__dirname',
    'import.meta.filename': '__filename',
  },
};

/**
 * Messages of schemas in fifty languages come along with zod wherever a library takes all of it. Ours are in English.
 *
 * @type {esbuild.Plugin}
 */
const englishOnly = {
  name: 'english-only',
  setup(build) {
    const locales = /[/\\]zod[/\\]v4[/\\]locales[/\\]index\.js$/;
    build.onLoad({ filter: locales }, () => ({ contents: "export { default as en } from './en.js';" }));
  },
};

/**
 * markdown-it has a regular expression with an ellipsis in it, which esbuild leaves as it is; an escape means the same there.
 * See `checkOneByte` for why it matters.
 *
 * @type {esbuild.Plugin}
 */
const escapedMarkdown = {
  name: 'escaped-markdown',
  setup(build) {
    build.onLoad(
      { filter: /[/\\]markdown-it[/\\]dist[/\\]markdown-it\.(?:mjs|cjs\.js)$/ },
      async ({ path }) => ({
        contents: (await readFile(path, 'utf8')).replaceAll('…', String.raw`\u2026`),
      }),
    );
  },
};

/**
 * CommonJS, because `ws` asks for Node's modules by a dynamic require, which fails inside an ESM bundle; and because
 * `await import()` then becomes a require inside the same file, run only when it is reached: that is how the language
 * client stays out of activation.
 *
 * @type {esbuild.BuildOptions}
 */
const forNode = {
  platform: 'node',
  // The UMD builds of jsonc-parser and its like require their parts by computed names, which no bundler can follow.
  mainFields: ['module', 'main'],
  target: 'node22',
  format: 'cjs',
  // Stacks in logs name functions. `keepNames` would name each closure as it is made: a fifteenth of the processor time of
  // a request through the endpoint, and 6 MB.
  minifyIdentifiers: false,
  // Native accelerators of ws that it does without; and what the sketches would be sent over a wire with, which they are not.
  external: ['bufferutil', 'utf-8-validate', 'protobufjs/minimal'],
  plugins: [englishOnly, escapedMarkdown],
  ...importMeta,
};

/**
 * What a program reaches only through `await import()` as a file of its own, beside it: not read, compiled and kept in memory
 * before it is needed. Written as a require, which the extension host's own loader for CommonJS understands.
 *
 * @param {string} name of the source, and of its bundle
 * @returns {esbuild.BuildOptions}
 */
const apart = (name) => ({
  supported: { 'dynamic-import': false },
  plugins: [
    ...forNode.plugins,
    {
      name: 'apart',
      setup(build) {
        const filter = new RegExp(`^\\.{1,2}/${name}\\.ts$`);
        build.onResolve({ filter }, () => ({ path: `./${name}.cjs`, external: true }));
      },
    },
  ],
});
const forEditor = { ...forNode, external: ['vscode', ...forNode.external] };

/** @type {readonly { name: string, entry: string, options: esbuild.BuildOptions }[]} */
const bundles = [
  {
    name: 'extension',
    entry: 'extension/src/extension.ts',
    // Activation only registers; reading and compiling the rest would cost most of the time that it may take.
    options: { ...forEditor, ...apart('compose'), outfile: 'dist/extension.cjs' },
  },
  {
    name: 'extension-compose',
    entry: 'extension/src/compose.ts',
    options: { ...forEditor, outfile: 'dist/compose.cjs' },
  },
  {
    name: 'daemon',
    entry: 'daemon/src/main.ts',
    options: { ...forNode, ...apart('vendor-clients'), outfile: 'dist/daemon/main.cjs' },
  },
  {
    name: 'vendor-clients',
    entry: 'daemon/src/providers/vendor-clients.ts',
    options: { ...forNode, outfile: 'dist/daemon/vendor-clients.cjs' },
  },
  {
    // A program of its own, so that the thread loads what it needs and not the whole daemon once more.
    name: 'history-thread',
    entry: 'daemon/src/store/thread/history-thread.ts',
    options: { ...forNode, outfile: 'dist/daemon/history-thread.cjs' },
  },
  {
    name: 'webview',
    entry: 'webview/src/main.ts',
    options: { ...webviewOptions, outfile: 'dist/webview/main.js' },
  },
  {
    name: 'webview-styles',
    entry: 'webview/src/styles/main.css',
    options: { ...styleOptions, outfile: 'dist/webview/main.css' },
  },
];

/** Files that ship as they are, from the packages of the workspace that uses them. */
const daemon = createRequire(join(root, 'daemon/package.json'));
const webview = createRequire(join(root, 'webview/package.json'));
const assets = [
  // Where better-sqlite3 looks for its binary: beside the folder of the bundle.
  [join(dirname(daemon.resolve('better-sqlite3/package.json')), 'prebuilds'), 'dist/prebuilds'],
  [webview.resolve('@vscode/codicons/dist/codicon.css'), 'dist/webview/codicon.css'],
  [webview.resolve('@vscode/codicons/dist/codicon.ttf'), 'dist/webview/codicon.ttf'],
];

const missing = bundles.filter(({ entry }) => !existsSync(join(root, entry)));
if (missing.length > 0) {
  console.error(`Not there: ${missing.map(({ entry }) => entry).join(', ')}`);
  if (flags.all) process.exit(1);
}

await rm(join(root, 'dist'), { recursive: true, force: true });
await Promise.all(assets.map(([from, to]) => cp(from, join(root, to), { recursive: true })));
await Promise.all(bundles.filter((bundle) => !missing.includes(bundle)).map(build));

/** @param {(typeof bundles)[number]} bundle */
async function build({ name, entry, options }) {
  const context = await esbuild.context({
    bundle: true,
    minifyIdentifiers: !flags.dev,
    minifySyntax: !flags.dev,
    minifyWhitespace: !flags.dev,
    ...options,
    absWorkingDir: root,
    entryPoints: [entry],
    sourcemap: flags.dev,
    metafile: true,
    logLevel: flags.watch ? 'info' : 'warning',
  });
  if (flags.watch) {
    await context.watch();
    return;
  }
  try {
    const { metafile } = await context.rebuild();
    for (const [file, { bytes }] of Object.entries(metafile?.outputs ?? {})) {
      if (!file.endsWith('.map')) console.log(`${file.padEnd(22)} ${Math.round(bytes / 1024)} kB`);
      if (file.endsWith('.cjs')) await checkOneByte(file);
    }
    if (flags.meta) {
      await mkdir(join(root, 'out/meta'), { recursive: true });
      await writeFile(join(root, `out/meta/${name}.json`), JSON.stringify(metafile));
    }
  } catch {
    // esbuild has printed what is wrong.
    process.exitCode = 1;
  } finally {
    await context.dispose();
  }
}

/**
 * A program keeps its source in memory as long as it runs: a byte a character, but two for all of it where one is beyond
 * Latin-1. esbuild escapes those in strings; in a regular expression they are to be written as escapes.
 *
 * @param {string} file
 */
async function checkOneByte(file) {
  // eslint-disable-next-line no-control-regex -- ASCII is meant, with its control characters
  const found = /.{0,40}[^\x00-\x7f].{0,20}/.exec(await readFile(join(root, file), 'utf8'));
  if (found === null) return;
  console.error(`${file} holds a character beyond ASCII; write it as an escape: ${found[0]}`);
  process.exitCode = 1;
}
