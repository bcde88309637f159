/** What a client says of itself when it connects. */
import { type Hello, protocolVersions } from '@task-router/protocol';
import { createIds } from '../../daemon/src/platform/ids.ts';

export function hello(overrides: Partial<Hello> = {}): Hello {
  return {
    protocolVersions: [...protocolVersions],
    clientId: createIds(Date.now)(),
    client: 'editor',
    clientVersion: '0.0.0-test',
    trusted: true,
    editorModels: false,
    ...overrides,
  };
}
