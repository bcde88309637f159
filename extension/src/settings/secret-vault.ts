/** The editor's SecretStorage as a vault of one key per node. */
import type { SecretStorage } from 'vscode';
import { secretPrefix } from '../contributions.ts';
import type { KeyVault } from './keys.ts';

export function createVault(secrets: SecretStorage): KeyVault {
  return {
    nodeIds: async () =>
      (await secrets.keys())
        .filter((name) => name.startsWith(secretPrefix))
        .map((name) => name.slice(secretPrefix.length)),
    get: async (nodeId) => secrets.get(secretPrefix + nodeId),
    store: async (nodeId, key) => secrets.store(secretPrefix + nodeId, key),
    delete: async (nodeId) => secrets.delete(secretPrefix + nodeId),
  };
}
