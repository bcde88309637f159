/**
 * `npm run generate`: writes every file that follows from others. `--check` (part of `npm run check`) writes nothing and
 * names what is stale. A new generator is a file in generators/ and a line in the list below.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Generator } from './generators/generator.ts';
import { configSchemaFile } from './generators/config-schema.ts';
import { protocolPage } from './generators/protocol-page.ts';

const generators: readonly Generator[] = [protocolPage, configSchemaFile];

const root = join(import.meta.dirname, '..');

function current(path: string): string | null {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return null;
  }
}

const files = (await Promise.all(generators.map(async (generate) => generate()))).flat();
const stale = files.filter(({ path, text }) => current(path) !== text);

if (process.argv.includes('--check')) {
  for (const { path } of stale) console.error(`stale: ${path}; run \`npm run generate\``);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const { path, text } of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    console.log(`written: ${path}`);
  }
  if (stale.length === 0) console.log('All generated files are fresh.');
}
