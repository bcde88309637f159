/**
 * What a failed test leaves behind, so that a failure on another machine can be understood without repeating it: a
 * picture of each window and the end of every log.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { screenshot } from '../../host/browser.ts';
import { REPOSITORY_ROOT } from '../../host/install.ts';

export const evidenceFolder = join(REPOSITORY_ROOT, 'out', 'editor');

const lastLines = 80;
/** A stack of the bundle shows its one line, which is the whole program. */
const lineChars = 500;

/** Never throws: it runs while a failure is being reported. */
export async function keepEvidence(
  test: string,
  from: { readonly pages: readonly Page[]; readonly home: string; readonly editorOutput: string },
): Promise<void> {
  const name = test
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 80);
  try {
    await mkdir(evidenceFolder, { recursive: true });
    let window = 0;
    for (const page of from.pages) {
      window += 1;
      await screenshot(page, `${name}-${window}`, evidenceFolder).catch(() => undefined);
    }
    const logs = ['logs/daemon.log', 'logs/daemon.out']
      .map((path) => join(from.home, path))
      .filter(existsSync);
    const parts: [title: string, log: string][] = [['editor', from.editorOutput]];
    for (const path of logs) parts.push([path, await readFile(path, 'utf8')]);
    const text = parts.map(([title, log]) => `--- ${title}\n${endOf(log)}\n`).join('');
    await writeFile(join(evidenceFolder, `${name}.log`), text);
  } catch (error) {
    console.error('No evidence was kept:', error);
  }
}

function endOf(log: string): string {
  const lines = log.split('\n').slice(-lastLines);
  return lines.map((line) => line.slice(0, lineChars)).join('\n');
}
