/** That the extension stays asleep until it is used, and that everything it promises is there then. */
import assert from 'node:assert/strict';
import { commands } from 'vscode';
import * as z from 'zod';
import { diagnosticsWhen, taskRouter } from './extension.ts';

const manifestSchema = z.object({
  contributes: z.object({ commands: z.array(z.object({ command: z.string() })) }),
});

export function commandsSuite(): void {
  describe('commands', () => {
    it('wake the extension, and nothing more than that before a daemon is needed', async () => {
      assert.equal(taskRouter().isActive, false);
      const { connection } = await diagnosticsWhen('diagnostics', () => true);
      assert.equal(taskRouter().isActive, true);
      assert.equal(connection, 'idle');
    });

    it('are all there, those of the manifest and no others', async () => {
      const { contributes } = manifestSchema.parse(taskRouter().packageJSON);
      const promised = contributes.commands.map(({ command }) => command);
      assert.ok(promised.length > 20);
      const known = await commands.getCommands(true);
      // The editor itself makes some for each view.
      const own = known.filter((command) => /^taskRouter\.\w+$/.test(command));
      assert.deepEqual(own.toSorted(), promised.toSorted());
    });

    it('never reject: what goes wrong is shown to the developer', async () => {
      // Nothing runs that could be cancelled, and no task is there to be graded.
      await commands.executeCommand('taskRouter.cancelTask');
      await commands.executeCommand('taskRouter.gradeGood');
      await commands.executeCommand('taskRouter.routeTask', { prompt: '   ' });
      const { tasks } = await diagnosticsWhen('diagnostics', () => true);
      assert.deepEqual(tasks, []);
    });
  });
}
