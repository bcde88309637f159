/** Makes an unpacked extension of a test's sources: its manifest, and its code as one CommonJS file as VS Code wants it. */
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

export interface ExtensionSources {
  /** Becomes package.json; under another name it says nothing to the tools of this repository. */
  readonly manifest: string;
  /** The entry file. Becomes main.cjs. */
  readonly entry: string;
}

/** @param folder absolute; made when it is not there */
export async function buildExtension(folder: string, { manifest, entry }: ExtensionSources): Promise<void> {
  await mkdir(folder, { recursive: true });
  await cp(manifest, join(folder, 'package.json'));
  await build({
    entryPoints: [entry],
    outfile: join(folder, 'main.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    // Found from the folder upwards, or given by VS Code.
    external: ['vscode', 'mocha'],
    logLevel: 'warning',
  });
}
