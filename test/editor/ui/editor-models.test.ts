/**
 * The editor's own chat models, and the folders of one window: the same task goes to a model of the editor in one folder
 * and stays on this machine in the other, because a setting of that folder says so. A model is used only as far as the
 * developer agrees to it in the editor's own dialog.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { buildExtension } from '../build-extension.ts';
import { answerDialog } from '../host/workbench.ts';
import type { Panel } from './support/panel.ts';
import { routeTask } from './support/route-task.ts';
import { picture } from './support/pictures.ts';
import { cart, project } from './support/project.ts';
import { useStage } from './support/stage.ts';
import { openSource } from './support/text-editor.ts';

const extensionsDir = await mkdtemp(join(tmpdir(), 'task-router-extensions-'));
const sources = join(import.meta.dirname, '..', 'fake-models');
await buildExtension(join(extensionsDir, 'task-router-test.fake-models-0.0.1'), {
  manifest: join(sources, 'manifest.json'),
  entry: join(sources, 'main.ts'),
});
afterAll(() => rm(extensionsDir, { recursive: true, force: true }));

const stage = useStage({
  folders: {
    shop: project,
    private: {
      'src/ledger.ts': cart,
      '.vscode/settings.json': JSON.stringify({ 'taskRouter.policy.localOnly': true }),
    },
  },
  extensionsDir,
  settings: { 'taskRouter.policy.deny': ['*guarded*'] },
  // The proposal that makes the editor ask for consent.
  enabledProposals: true,
});

const route = (prompt: string): Promise<Panel> => routeTask(stage.page, prompt);

it('answers with a chat model of the editor where the folder allows it', async () => {
  const { page } = stage;
  await openSource(page, 'cart.ts');
  const panel = await route('Explain the sum');
  await panel.ended('Answered');
  expect(await panel.chosenRoute()).toMatch(/fake\/plain$/);
  expect(await panel.answer.textContent()).toMatch(
    /Fake Plain has read \d+ characters and says: .*Explain the sum/s,
  );
  // What a call costs there is not known, and is not shown as nothing.
  expect(await panel.bar.textContent()).toContain('cost unknown');
});

it('keeps the same task on this machine in the folder that says so, and names the setting', async () => {
  const { page } = stage;
  await openSource(page, 'ledger.ts');
  const panel = await route('Explain the sum again');
  await panel.ended('Answered');
  expect(await panel.chosenRoute()).toMatch(/^demo-/);
  await panel.frame.locator('summary').filter({ hasText: 'Candidates' }).click();
  const rejected = panel.candidates.getByRole('row').filter({ hasText: 'Fake Plain' });
  const reason = await rejected.textContent();
  expect(reason).toContain('Local models only');
  expect(reason).toContain('Folder "private": taskRouter.policy.localOnly');
  await picture(page, 'panel-local-only');
});

it('asks before a model that wants it, goes elsewhere after a no, and uses it after a yes', async () => {
  const { page, editor } = stage;
  await editor.updateSettings({ 'taskRouter.policy.deny': ['*plain*'] });
  await openSource(page, 'cart.ts');
  const refused = await route('Explain with consent');
  const question = await answerDialog(page, 'Cancel');
  expect(question).toMatch(/Task Router.*Fake Models/s);
  await refused.ended('Answered');
  expect(await refused.timeline.textContent()).toContain('consent needed');
  expect(await refused.bar.textContent()).toContain('Demo');

  await openSource(page, 'cart.ts');
  const agreed = await route('Explain with consent once more');
  await answerDialog(page, 'Allow');
  await agreed.ended('Answered');
  expect(await agreed.answer.textContent()).toContain('Fake Guarded has read');
});
