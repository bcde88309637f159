/**
 * The import rules, proved: a small tree of files is written to a temporary folder, each file breaking one rule, and
 * the cruiser with our own configuration must name that rule for that file. A second tree holds what must stay allowed.
 * A rule without a planted violation fails the last test, so a rule cannot go dead unnoticed.
 */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type IConfiguration, type ICruiseResult } from 'dependency-cruiser';
import { afterEach, describe, expect, it } from 'vitest';

const config = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as IConfiguration;

/** What planted files import: packages as they look when installed, and one file per folder. */
const packages = [
  'better-sqlite3',
  'ws',
  'vscode-jsonrpc',
  'vscode-languageclient',
  'zod',
  'lit',
  '@ai-sdk/openai',
];
const surroundings = [
  ...['index', 'deps', 'model/task', 'config/health'].map((name) => `daemon/src/engine/${name}.ts`),
  ...['selection/index', 'selection/score', 'failover/index', 'math/clamp'].map(
    (name) => `daemon/src/engine/${name}.ts`,
  ),
  ...[
    'platform/clock',
    'store/records',
    'store/sqlite/database',
    'dispatch/dispatcher',
    'server/listener',
  ].map((name) => `daemon/src/${name}.ts`),
  ...['config/load', 'catalog/index', 'demo/index', 'providers/provider', 'providers/openai/index'].map(
    (name) => `daemon/src/${name}.ts`,
  ),
  ...['daemon/src/compose.ts', 'daemon/src/main.ts', 'protocol/src/index.ts', 'protocol/src/node/index.ts'],
  ...[
    'extension/src/client.ts',
    'webview/src/view.ts',
    'test/support/builders.ts',
    'daemon/src/server/listener.test.ts',
  ],
];

/** Rule, the file that breaks it, and what that file imports. */
const violations: readonly (readonly [rule: string, file: string, imports: string])[] = [
  ['engine-is-pure', 'daemon/src/engine/a.ts', 'node:fs'],
  ['engine-is-pure', 'daemon/src/engine/b.ts', 'zod'],
  ['engine-is-pure', 'daemon/src/engine/c.ts', '../platform/clock.ts'],
  ['engine-is-pure', 'daemon/src/engine/math/d.ts', '../../../../protocol/src/index.ts'],
  ['areas-do-not-know-each-other', 'daemon/src/engine/selection/a.ts', '../failover/index.ts'],
  ['areas-do-not-know-each-other', 'daemon/src/engine/selection/b.ts', '../index.ts'],
  ['vocabulary-knows-no-area', 'daemon/src/engine/model/a.ts', '../config/health.ts'],
  ['vocabulary-knows-no-area', 'daemon/src/engine/config/a.ts', '../selection/index.ts'],
  ['vocabulary-knows-no-area', 'daemon/src/engine/config/b.ts', '../math/clamp.ts'],
  ['math-is-the-bottom', 'daemon/src/engine/math/a.ts', '../model/task.ts'],
  ['areas-through-their-index', 'daemon/src/engine/e.ts', './selection/score.ts'],
  ['engine-through-its-index', 'daemon/src/dispatch/a.ts', '../engine/selection/index.ts'],
  ['only-store-imports-sqlite', 'daemon/src/platform/a.ts', 'better-sqlite3'],
  ['only-store-imports-sqlite', 'daemon/src/compose-a.ts', 'node:sqlite'],
  ['only-extension-imports-vscode', 'daemon/src/server/a.ts', 'vscode'],
  ['only-extension-imports-vscode', 'webview/src/a.ts', 'vscode-languageclient'],
  ['only-the-wire-knows-ws', 'daemon/src/dispatch/b.ts', 'ws'],
  ['only-the-wire-knows-ws', 'extension/src/a.ts', 'vscode-jsonrpc'],
  ['only-providers-know-the-ai-sdk', 'daemon/src/dispatch/c.ts', '@ai-sdk/openai'],
  ['protocol-is-a-leaf', 'protocol/src/a.ts', 'node:path'],
  ['protocol-is-a-leaf', 'protocol/src/b.ts', 'ws'],
  ['protocol-is-a-leaf', 'protocol/src/c.ts', './node/index.ts'],
  ['protocol-node-is-the-shared-node-half', 'protocol/src/node/a.ts', '../../../daemon/src/main.ts'],
  ['webview-is-dom-only', 'webview/src/b.ts', 'node:path'],
  ['webview-is-dom-only', 'webview/src/c.ts', '../../protocol/src/node/index.ts'],
  ['webview-is-dom-only', 'webview/src/d.ts', '../../daemon/src/main.ts'],
  ['extension-never-imports-daemon', 'extension/src/b.ts', '../../daemon/src/main.ts'],
  ['extension-never-imports-daemon', 'extension/src/c.ts', '../../webview/src/view.ts'],
  ['daemon-never-imports-extension', 'daemon/src/compose-b.ts', '../../extension/src/client.ts'],
  ['platform-is-the-bottom', 'daemon/src/platform/b.ts', '../store/records.ts'],
  ['store-only-keeps', 'daemon/src/store/a.ts', '../dispatch/dispatcher.ts'],
  ['store-only-keeps', 'daemon/src/store/b.ts', '../providers/provider.ts'],
  ['providers-only-speak-to-models', 'daemon/src/providers/a.ts', '../engine/index.ts'],
  ['providers-do-not-know-each-other', 'daemon/src/providers/google/a.ts', '../openai/index.ts'],
  ['dispatch-is-the-shell', 'daemon/src/dispatch/d.ts', '../server/listener.ts'],
  ['dispatch-is-the-shell', 'daemon/src/dispatch/e.ts', '../providers/openai/index.ts'],
  ['dispatch-is-the-shell', 'daemon/src/dispatch/f.ts', 'node:fs'],
  ['dispatch-is-the-shell', 'daemon/src/dispatch/g.ts', '../store/sqlite/database.ts'],
  ['nodes-find-what-is-there', 'daemon/src/dispatch/nodes/a.ts', '../../server/listener.ts'],
  ['nodes-find-what-is-there', 'daemon/src/dispatch/nodes/b.ts', '../../providers/openai/index.ts'],
  ['server-is-the-wire', 'daemon/src/server/b.ts', '../store/sqlite/database.ts'],
  ['endpoint-is-a-wire-of-its-own', 'daemon/src/endpoint/a.ts', '../dispatch/dispatcher.ts'],
  ['endpoint-is-a-wire-of-its-own', 'daemon/src/endpoint/b.ts', '../store/sqlite/database.ts'],
  ['endpoint-is-a-wire-of-its-own', 'daemon/src/endpoint/c.ts', '../engine/index.ts'],
  ['endpoint-is-a-wire-of-its-own', 'daemon/src/endpoint/d.ts', '../server/listener.ts'],
  ['formats-are-functions', 'daemon/src/endpoint/formats/a.ts', '../../platform/clock.ts'],
  ['formats-are-functions', 'daemon/src/endpoint/formats/b.ts', 'node:http'],
  ['config-only-reads', 'daemon/src/config/a.ts', '../server/listener.ts'],
  ['catalog-is-data', 'daemon/src/catalog/a.ts', '../providers/provider.ts'],
  ['demo-stands-alone', 'daemon/src/demo/a.ts', '../providers/provider.ts'],
  ['tests-never-import-tests', 'test/integration/b.test.ts', '../../daemon/src/server/listener.test.ts'],
  ['sources-never-import-tests', 'daemon/src/compose-c.ts', '../../test/support/builders.ts'],
  ['sources-never-import-tests', 'daemon/src/server/c.ts', './listener.test.ts'],
  ['no-cycles', 'daemon/src/platform/c-back.ts', './c.ts'],
  ['no-orphans', 'daemon/src/platform/lonely.ts', ''],
  ['not-to-unresolvable', 'daemon/src/platform/d.ts', './gone.ts'],
];

/** Imports that must stay possible, one of each kind. */
const allowed: readonly (readonly [file: string, imports: string])[] = [
  ['daemon/src/engine/selection/a.ts', '../math/clamp.ts'],
  ['daemon/src/engine/selection/b.ts', '../model/task.ts'],
  ['daemon/src/engine/selection/c.ts', '../config/health.ts'],
  ['daemon/src/engine/config/a.ts', '../model/task.ts'],
  ['daemon/src/engine/a.ts', './selection/index.ts'],
  ['daemon/src/engine/a.test.ts', 'node:fs'],
  ['daemon/src/platform/a.ts', '../engine/deps.ts'],
  ['daemon/src/store/sqlite/a.ts', 'better-sqlite3'],
  ['daemon/src/providers/openai/a.ts', '@ai-sdk/openai'],
  ['daemon/src/providers/openai/b.ts', '../provider.ts'],
  ['daemon/src/dispatch/a.ts', '../engine/index.ts'],
  ['daemon/src/dispatch/b.ts', './nodes/a.ts'],
  ['daemon/src/dispatch/nodes/a.ts', 'node:net'],
  ['daemon/src/endpoint/a.ts', '../store/records.ts'],
  ['daemon/src/server/a.ts', 'ws'],
  ['daemon/src/cli/a.ts', '../../../protocol/src/node/index.ts'],
  ['daemon/src/compose-a.ts', './store/sqlite/database.ts'],
  ['protocol/src/a.ts', 'zod'],
  ['protocol/src/node/a.ts', 'vscode-jsonrpc'],
  ['extension/src/a.ts', 'vscode'],
  ['extension/src/b.ts', 'vscode-languageclient'],
  ['webview/src/a.ts', 'lit'],
  ['test/integration/a.test.ts', '../../daemon/src/store/sqlite/database.ts'],
];

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function write(root: string, file: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), text);
}

/** `import type` on purpose: a rule that only saw value imports would miss all of these. */
const importing = (specifier: string) =>
  specifier === '' ? 'export {};\n' : `import type * as it from '${specifier}';\nexport type { it };\n`;

async function cruiseTree(files: Readonly<Record<string, string>>): Promise<ReadonlySet<string>> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'task-router-imports-')));
  folders.push(root);
  for (const name of packages) {
    await write(root, `node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0' }));
    await write(root, `node_modules/${name}/index.js`, '');
  }
  for (const file of surroundings) await write(root, file, 'export {};\n');
  for (const [file, text] of Object.entries(files)) await write(root, file, text);
  const { output } = await cruise(
    ['protocol', 'daemon', 'extension', 'webview', 'test'],
    { ...config.options, baseDir: root, validate: true, ruleSet: { forbidden: config.forbidden ?? [] } },
    config.options?.enhancedResolveOptions,
  );
  return new Set(
    (output as ICruiseResult).summary.violations.map((found) => `${found.rule.name} ${found.from}`),
  );
}

describe('import rules', () => {
  it('find every planted violation', async () => {
    const files: Record<string, string> = { 'daemon/src/platform/c.ts': importing('./c-back.ts') };
    for (const [, file, imports] of violations) files[file] = importing(imports);

    const found = await cruiseTree(files);

    const missed = violations
      .map(([rule, file]) => `${rule} ${file}`)
      .filter((planted) => !found.has(planted));
    expect(missed).toEqual([]);
  });

  it('allow what the layers allow', async () => {
    const files = Object.fromEntries(allowed.map(([file, imports]) => [file, importing(imports)]));

    const found = await cruiseTree(files);

    expect([...found].filter((violation) => !violation.startsWith('no-orphans '))).toEqual([]);
  });

  it('have a planted violation each', () => {
    const planted = new Set(violations.map(([rule]) => rule));
    expect(
      (config.forbidden ?? []).map((rule) => rule.name).filter((name) => !planted.has(name ?? '')),
    ).toEqual([]);
  });
});
