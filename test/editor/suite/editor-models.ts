/**
 * A task answered by a chat model of the editor: the daemon decides, and calls back into the window that has the model.
 * The model is registered here with VS Code, as any extension registers one.
 */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigurationTarget, commands, lm, workspace, type Disposable } from 'vscode';
import { FakeModels, vendor, type FakeCall } from '../fake-models/fake-models.ts';
import { diagnosticsWhen, type Diagnostics } from './extension.ts';

const route = `editor/${vendor}/plain`;

export function editorModelsSuite(): void {
  describe('models of the editor', () => {
    const models = new FakeModels();
    let registration: Disposable;

    before(async () => {
      registration = lm.registerLanguageModelChatProvider(vendor, models);
      await deny('*guarded*');
    });
    after(async () => {
      registration.dispose();
      await deny();
      await commands.executeCommand('taskRouter.stopDaemon');
    });

    it('answer a task that is routed to them', async () => {
      await routeTask('Explain the reverse call');
      const { tasks } = await ended(1);
      assert.deepEqual(tasks.at(-1), { route, status: 'succeeded', error: null, transitions: [] });
      assert.match(models.calls.at(-1)?.text ?? '', /Explain the reverse call/);
    });

    it('hear of it when their task is cancelled', async () => {
      models.pauseMs = 50;
      await routeTask('Explain this slowly and at length, if you please, so that there is time to cancel');
      const call = await nextCall(models, 1);
      assert.equal(call.isCancelled, false);
      await commands.executeCommand('taskRouter.cancelTask');
      const { tasks } = await ended(2);
      assert.equal(tasks.at(-1)?.status, 'cancelled');
      assert.equal(call.isCancelled, true);
      models.pauseMs = 0;
    });

    it('are not asked without the developer’s consent, and another route takes over', async () => {
      await deny('*plain*');
      // In a test nobody can answer the editor's question, which it takes for a no.
      await routeTask('Explain consent');
      const { tasks } = await ended(3);
      const last = tasks.at(-1);
      assert.equal(last?.status, 'succeeded');
      assert.match(last.route ?? '', /^demo-/);
      assert.equal(last.transitions[0]?.cause, 'consentNeeded');
      assert.equal(models.calls.filter(({ model }) => model === 'guarded').length, 0);
    });

    it('are not missed when they have gone: another route takes over', async () => {
      await deny('*guarded*');
      // The editor tells nobody of this, so the next task is the first to notice.
      registration.dispose();
      await routeTask('Explain what is left');
      const { tasks } = await ended(4);
      const last = tasks.at(-1);
      assert.equal(last?.status, 'succeeded');
      assert.deepEqual(
        last.transitions.map(({ from, cause }) => ({ from, cause })),
        [{ from: route, cause: 'modelNotFound' }],
      );
    });
  });
}

async function deny(...patterns: readonly string[]): Promise<void> {
  const value = patterns.length === 0 ? undefined : patterns;
  await workspace.getConfiguration('taskRouter.policy').update('deny', value, ConfigurationTarget.Global);
}

async function routeTask(prompt: string): Promise<void> {
  await commands.executeCommand('taskRouter.routeTask', { prompt });
}

async function ended(count: number): Promise<Diagnostics> {
  return diagnosticsWhen(
    `task ${count} to end`,
    ({ tasks }) => tasks.length === count && tasks.every(({ status }) => status !== 'running'),
  );
}

async function nextCall(models: FakeModels, before: number): Promise<FakeCall> {
  for (;;) {
    const call = models.calls[before];
    if (call !== undefined) return call;
    await delay(20);
  }
}
