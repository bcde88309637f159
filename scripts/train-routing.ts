/**
 * `npm run train`: writes daemon/src/routing-model/weights.json from data/routing/. `--check` writes nothing and fails
 * when the committed file is not what the data give.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { trainRoutingModel } from './routing/train.ts';

const root = join(import.meta.dirname, '..');
const file = 'daemon/src/routing-model/weights.json';
const text = trainRoutingModel(join(root, 'data/routing'), (line) => process.stderr.write(`${line}\n`));

function committed(): string | null {
  try {
    return readFileSync(join(root, file), 'utf8');
  } catch {
    return null;
  }
}

if (committed() === text) {
  console.log(`${file} is fresh.`);
} else if (process.argv.includes('--check')) {
  console.error(`stale: ${file}; run \`npm run train\``);
  process.exitCode = 1;
} else {
  writeFileSync(join(root, file), text);
  console.log(`written: ${file}`);
}
