/** What a client says of itself when it connects. */
import { type Hello, protocolVersions } from '@task-router/protocol';
import { newId } from '../../daemon/src/platform/ids.ts';

export function hello(overrides: Partial<Hello> = {}): Hello {
  return {
    protocolVersions: [...protocolVersions],
    clientId: newId(Date.now()),
    client: 'editor',
    clientVersion: '0.0.0-test',
    trusted: true,
    editorModels: false,
    ...overrides,
  };
}
