/**
 * Windows come and go, and so may the daemon: a task outlives the reload of its window, two windows share one daemon,
 * and a daemon that dies is replaced without a message.
 */
import { expect, it } from 'vitest';
import * as z from 'zod';
import { setFaults } from '../../support/cli.ts';
import { reloadWorkbench } from '../host/browser.ts';
import { until } from '../host/until.ts';
import { openView, runCommand, statusBarItem, toast, treePane, treeRows } from '../host/workbench.ts';
import { Panel } from './support/panel.ts';
import { routeTask } from './support/route-task.ts';
import { picture } from './support/pictures.ts';
import { project } from './support/project.ts';
import { useStage } from './support/stage.ts';
import { clipboard, openSource } from './support/text-editor.ts';
import { watchToasts } from './support/toast-watch.ts';

const stage = useStage({
  otherFolders: { blog: project },
  // One route, so that the same task has the same answer.
  settings: { 'taskRouter.policy.allow': ['demo-strong/*'] },
});
const slow = { kind: 'slow', firstChunkMs: 50, chunkMs: 120 };

const route = (prompt: string, page = stage.page): Promise<Panel> => routeTask(page, prompt);

async function copied(panel: Panel, page = stage.page): Promise<string> {
  await page.evaluate(() => navigator.clipboard.writeText(''));
  await panel.button('Copy').click();
  return until('the answer on the clipboard', 10_000, async () => (await clipboard(page)) || undefined);
}

/** How the demo server saw its requests end. */
async function requestEnds(): Promise<readonly string[]> {
  const { controlUrl, controlToken } = stage.server('demo-strong');
  const response = await fetch(`${controlUrl}/log`, { headers: { 'x-demo-control-token': controlToken } });
  const log = z.object({ requests: z.array(z.object({ path: z.string(), end: z.string() })) });
  const { requests } = log.parse(await response.json());
  return requests.filter(({ path }) => path.endsWith('/messages')).map(({ end }) => end);
}

it('loses nothing of an answer when the window is reloaded in the middle of it', async () => {
  const { page } = stage;
  await openSource(page, 'src/cart.ts');
  const whole = await route('Explain the cart');
  await whole.ended('Answered');
  const expected = await copied(whole);
  expect(expected).toContain('## What next');

  await setFaults(stage.server('demo-strong'), [slow]);
  const panel = await route('Explain the cart');
  await panel.answer.getByText('What was sent').waitFor();
  await reloadWorkbench(page);
  const reloaded = await Panel.on(page);
  await reloaded.ended('Answered');
  expect(await copied(reloaded)).toBe(expected);
  // The reader has the whole answer with its end marker; the server, slow as it is told to be, ends a moment later.
  await expect.poll(requestEnds, { timeout: 15_000 }).toEqual(['answered', 'answered']);
});

it('can cancel a task that was started before the reload', async () => {
  const { page } = stage;
  // It takes a minute: longer than any reload.
  await setFaults(stage.server('demo-strong'), [{ ...slow, chunkMs: 400 }]);
  await openSource(page, 'src/cart.ts');
  const panel = await route('Explain the cart slowly');
  await panel.answer.getByText('Demo answer').waitFor();
  await reloadWorkbench(page);
  const reloaded = await Panel.on(page);
  await reloaded.button('Cancel').click();
  await reloaded.ended('Cancelled');
  // What had been written stays, and the model was told to stop.
  expect(await reloaded.answer.textContent()).toContain('Demo answer');
  await expect.poll(async () => (await requestEnds()).at(-1), { timeout: 15_000 }).toBe('aborted');
});

it('serves two windows with one daemon, and one of them goes on when the other is closed', async () => {
  const { page } = stage;
  const before = stage.daemonPid;
  const second = await stage.openWindow('blog');
  await openSource(second, 'src/money.ts');
  const panel = await route('Explain the money', second);
  await panel.ended('Answered');
  expect(stage.daemonPids()).toEqual([before]);
  // Each window has its own tasks.
  await openView(second, 'Task Router');
  await until('its own task', 10_000, async () => (await treeRows(second, 'Tasks')).length === 1);
  expect((await treeRows(second, 'Tasks')).map(({ label }) => label)).toEqual(['Explain the money']);
  await second.close();

  await openSource(page, 'src/cart.ts');
  const first = await route('Explain the cart again');
  await first.ended('Answered');
  expect(stage.daemonPids()).toEqual([before]);
  await openView(page, 'Task Router');
  await expect
    .poll(async () => (await treeRows(page, 'Tasks')).map(({ label }) => label))
    .not.toContain('Explain the money');
});

it('gets over the death of the daemon without a message, and keeps the list of tasks', async () => {
  const { page } = stage;
  const panel = await Panel.on(page);
  const tasks = async () =>
    (await treeRows(page, 'Tasks')).map(({ label, description }) => `${label}: ${description}`);
  const before = await tasks();
  expect(before).toHaveLength(4);
  const seen = await watchToasts(page);
  const pid = stage.daemonPid ?? 0;
  const lost = panel.banner.waitFor();
  process.kill(pid, 'SIGKILL');
  await lost;
  await until('another daemon', 30_000, async () => ![undefined, pid].includes(stage.daemonPid));
  await panel.banner.waitFor({ state: 'detached' });
  expect(await tasks()).toEqual(before);
  expect(await statusBarItem(page, 'Demo Large').isVisible()).toBe(true);
  const next = await route('Explain the cart to the new daemon');
  await next.ended('Answered');
  expect(await seen()).toEqual([]);
});

it('says that a stopped daemon is not running, and starts it on request', async () => {
  const { page } = stage;
  await runCommand(page, 'Task Router: Stop Daemon');
  await toast(page, 'The daemon has been stopped.');
  expect(stage.daemonPids()).toEqual([]);
  const panel = await Panel.on(page);
  await panel.banner.getByText('It was stopped, and starts with the next task.').waitFor();
  await picture(page, 'daemon-stopped');
  await treePane(page, 'Health').getByText('Start It').click();
  await until('a daemon', 30_000, async () => stage.daemonPid !== undefined);
  await until('the nodes', 30_000, async () => (await treeRows(page, 'Health')).length > 0);

  const before = stage.daemonPid;
  await runCommand(page, 'Task Router: Restart Daemon');
  await toast(page, 'The daemon has been restarted.');
  expect(stage.daemonPids()).toHaveLength(1);
  expect(stage.daemonPid).not.toBe(before);
});
