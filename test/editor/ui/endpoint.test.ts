/** Connect Another Tool: the endpoint is switched on with the developer's word, and a tool gets its settings and a key. */
import { expect, it } from 'vitest';
import { freePort } from '../../support/endpoint-stage.ts';
import { until } from '../host/until.ts';
import { answerDialog, openView, pickItem, runCommand, toast, treeRows } from '../host/workbench.ts';
import { Panel } from './support/panel.ts';
import { picture } from './support/pictures.ts';
import { useStage } from './support/stage.ts';
import { clipboard } from './support/text-editor.ts';

const port = await freePort();
const address = `http://127.0.0.1:${port}`;
const stage = useStage({ settings: { 'taskRouter.endpoint.port': port } });
let key = '';

async function row(label: string): Promise<string> {
  const rows = await treeRows(stage.page, 'Health');
  return rows.find((each) => each.label === label)?.description ?? '';
}

function ask(): Promise<Response> {
  return fetch(`${address}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'Explain the cart.' }] }),
  });
}

it('asks before it switches the endpoint on, and shows the settings of the tool with a key that works', async () => {
  const { page } = stage;
  await openView(page, 'Task Router');
  await until('the fleet', 30_000, async () => (await row('demo-fast')).includes('route'));
  await expect(fetch(address)).rejects.toThrow();
  await runCommand(page, 'Task Router: Connect Another Tool');
  await pickItem(page, 'Cline');
  const question = await answerDialog(page, 'Switch On');
  expect(question).toContain('Let other tools on this machine ask Task Router?');
  expect(question).toContain(`127.0.0.1:${port}`);
  const told = await toast(page, 'Cline is let in');
  expect(await told.textContent()).toMatch(/\d+ models to choose from/);
  const guide = page.locator('.editor-instance .view-lines');
  await guide.getByText(`${address}/v1`).first().waitFor();
  key = /trk_[\w-]{43}/.exec((await guide.textContent()) ?? '')?.[0] ?? '';
  expect(key).not.toBe('');
  await page.locator('.codelens-decoration').getByText('Copy key').click();
  await until('the key on the clipboard', 5_000, async () => (await clipboard(page)) === key);
  await until('the endpoint in the health tree', 10_000, async () =>
    (await row('Endpoint')).startsWith(`127.0.0.1:${port} · 1 key`),
  );
  await page.getByText('Trying Cline’s key…').waitFor({ state: 'hidden' });
  await picture(page, 'connect-tool');
});

it('answers the tool, and shows its task with its name', async () => {
  const { page } = stage;
  const response = await ask();
  expect(response.status).toBe(200);
  expect(response.headers.get('x-task-router-route')).toMatch(/^demo-/);
  await until('the task of the tool', 10_000, async () => {
    const rows = await treeRows(page, 'Tasks');
    return rows.some(({ label }) => label === 'Cline · Explain the cart.');
  });
  await runCommand(page, 'Task Router: Open Panel');
  const panel = await Panel.on(page);
  await panel.heading.getByText('Cline · Explain the cart.').waitFor();
  await panel.frame.getByText('The answer goes to Cline, which asked').waitFor();
  await picture(page, 'tool-task');
  await until('the key’s use', 10_000, async () => (await row('Cline')).startsWith('1 request today'));
});

it('makes no second key unasked: the settings alone, or a new one in place of the old', async () => {
  const { page } = stage;
  const again = async (choice: string): Promise<void> => {
    await runCommand(page, 'Task Router: Connect Another Tool');
    await pickItem(page, 'Cline');
    await page.locator('.quick-input-title').getByText('Cline has a key already').waitFor();
    await picture(page, 'connect-again');
    await pickItem(page, choice);
  };
  await again('Show the Settings Without a Key');
  const guide = page.locator('.editor-instance .view-lines');
  await guide.getByText('YOUR-TASK-ROUTER-KEY').first().waitFor();
  expect(await row('Endpoint')).toContain('1 key ');
  await again('Use a New Key and Revoke the Old One');
  // The notice of the first key may still stand there: only the page says that there is another one.
  let renewed = '';
  await until('the settings with another key', 15_000, async () => {
    const shown = (await guide.allTextContents()).join(' ').match(/trk_[\w-]{43}/g) ?? [];
    renewed = shown.find((each) => each !== key) ?? '';
    return renewed !== '';
  });
  expect((await ask()).status).toBe(401);
  key = renewed;
  expect((await ask()).status).toBe(200);
  expect(await row('Endpoint')).toContain('1 key ');
});

it('ends a key at once', async () => {
  const { page } = stage;
  await runCommand(page, 'Task Router: Revoke Key of a Tool');
  await pickItem(page, 'Cline');
  await answerDialog(page, 'Revoke');
  await toast(page, 'The key of Cline is revoked');
  expect((await ask()).status).toBe(401);
  await until('no key', 10_000, async () => (await row('Endpoint')).includes('0 keys'));
});

it('follows the setting', async () => {
  await stage.editor.updateSettings({
    'taskRouter.endpoint.enabled': false,
    'taskRouter.endpoint.port': port,
  });
  await until('it listens no more', 15_000, async () => (await row('Endpoint')) === '');
  await expect(fetch(address)).rejects.toThrow();
});
