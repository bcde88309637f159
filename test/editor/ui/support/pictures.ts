/**
 * The pictures of the documentation, taken while the tests drive the states they show. They go to `out/`, because times
 * in them differ from run to run; `TASK_ROUTER_PICTURES=docs` renews those in `docs/images`.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { REPOSITORY_ROOT } from '../../host/install.ts';
import { evidenceFolder } from './evidence.ts';

const folder =
  process.env['TASK_ROUTER_PICTURES'] === 'docs'
    ? join(REPOSITORY_ROOT, 'docs', 'images')
    : join(evidenceFolder, 'pictures');

/** Writes `<name>.png`: the whole window, or one part of it. */
export async function picture(page: Page, name: string, part?: Locator): Promise<void> {
  await mkdir(folder, { recursive: true });
  await page.bringToFront();
  // Away from everything that would show a hover.
  await page.mouse.move(640, 2);
  await (part ?? page).screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
}
