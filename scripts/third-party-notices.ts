/**
 * The licence texts of everything that the bundles carry: read off what esbuild says went in, so that a dependency that
 * comes or goes is never forgotten; and where the data come from that the routing weights were trained on. A package
 * without a licence text stops the packaging.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Metafile {
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Writes `file` from the metafiles in `metaFolder`; answers how many packages it names. Throws when a text is missing. */
export function writeThirdPartyNotices(root: string, metaFolder: string, file: string): number {
  const folders = new Set<string>();
  for (const name of readdirSync(metaFolder).filter((each) => each.endsWith('.json'))) {
    const { inputs } = JSON.parse(readFileSync(join(metaFolder, name), 'utf8')) as Metafile;
    for (const input of Object.keys(inputs)) {
      const folder = packageFolder(input);
      if (folder !== null) folders.add(folder);
    }
  }
  const notices = [...folders].sort().map((folder) => notice(join(root, folder)));
  const data = readFileSync(join(root, 'data/routing/NOTICE.md'), 'utf8');
  writeFileSync(
    file,
    `Task Router contains code of the following packages.\n\n${notices.join('\n')}\n${'-'.repeat(80)}\n` +
      `Its routing weights were trained on the following data.\n\n${data}`,
  );
  return notices.length;
}

/** `…/node_modules/@scope/name` of a path inside it; null for our own sources. */
function packageFolder(input: string): string | null {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input.replaceAll('\\', '/'))?.[0] ?? null;
}

function notice(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  const text = readdirSync(folder).find((each) => /^(license|licence|copying)/i.test(each));
  if (text === undefined && license === undefined) throw new Error(`${name} states no licence`);
  const body =
    text !== undefined && existsSync(join(folder, text)) ? readFileSync(join(folder, text), 'utf8') : '';
  return `${'-'.repeat(80)}\n${name} ${version} (${license ?? 'see below'})\n\n${body.trim()}\n`;
}
