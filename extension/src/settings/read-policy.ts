/** Reads the policy settings that apply to one document, level by level (`inspect`), never the merged value. */
import { workspace, type Uri, type WorkspaceFolder } from 'vscode';
import type { PolicyLayer } from '@task-router/protocol';
import { policyKeys, policySection, type PolicyKey } from '../contributions.ts';
import { policyLayers, type InspectedSetting } from './policy-layers.ts';

/**
 * The layers of the folder that `document` lies in; without a document, of the window's only folder.
 * @throws RouterError `config.invalidValue`
 */
export function readPolicyLayers(document: Uri | undefined): PolicyLayer[] {
  const folder = folderOf(document);
  const settings = workspace.getConfiguration(policySection, folder?.uri ?? document ?? null);
  const inspect = (key: PolicyKey): InspectedSetting => {
    const found = settings.inspect<unknown>(key);
    return {
      user: found?.globalValue,
      workspace: found?.workspaceValue,
      folder: found?.workspaceFolderValue,
    };
  };
  return policyLayers({
    values: Object.fromEntries(policyKeys.map((key) => [key, inspect(key)])) as Record<
      PolicyKey,
      InspectedSetting
    >,
    workspaceName: workspace.workspaceFile === undefined ? null : (workspace.name ?? 'Workspace settings'),
    folderName: folder?.name ?? null,
  });
}

/** Folder of the document; of several folders none is guessed when there is no document. */
function folderOf(document: Uri | undefined): WorkspaceFolder | undefined {
  if (document !== undefined && document.scheme !== 'untitled') return workspace.getWorkspaceFolder(document);
  const folders = workspace.workspaceFolders ?? [];
  return folders.length === 1 ? folders[0] : undefined;
}
