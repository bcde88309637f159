/** Who may write which setting: policy belongs to folders too, the daemon to the developer alone. */
import assert from 'node:assert/strict';
import { ConfigurationTarget, workspace } from 'vscode';

export function settingsSuite(): void {
  describe('settings', () => {
    const folder = () => {
      const [first] = workspace.workspaceFolders ?? [];
      assert.ok(first, 'the suite needs a folder');
      return first.uri;
    };

    it('of the policy can be written for a folder', async () => {
      const policy = () => workspace.getConfiguration('taskRouter.policy', folder());
      assert.equal(policy().get('localOnly'), false);
      await policy().update('localOnly', true, ConfigurationTarget.WorkspaceFolder);
      assert.equal(policy().inspect('localOnly')?.workspaceFolderValue, true);
      await policy().update('localOnly', undefined, ConfigurationTarget.WorkspaceFolder);
      assert.equal(policy().get('localOnly'), false);
    });

    it('of the daemon can’t be written by a repository', async () => {
      const daemon = workspace.getConfiguration('taskRouter.daemon', folder());
      const write = async (target: ConfigurationTarget): Promise<void> =>
        daemon.update('idleTimeoutMinutes', 0, target);
      await assert.rejects(write(ConfigurationTarget.Workspace), /only into User settings/);
      await assert.rejects(
        write(ConfigurationTarget.WorkspaceFolder),
        /does not support the folder resource scope/,
      );
    });
  });
}
