/** What this window says of itself in the handshake. */
import { randomUUID } from 'node:crypto';
import { protocolVersions, type Hello } from '@task-router/protocol';
import { memoryKeys } from '../contributions.ts';
import type { WorkspaceMemory } from '../session/task-memory.ts';

export interface HelloFacts {
  readonly clientId: string;
  readonly clientVersion: string;
  readonly trusted: boolean;
  readonly editorModels: boolean;
  readonly resume: Hello['resume'];
}

export function hello({ resume, ...facts }: HelloFacts): Hello {
  return {
    protocolVersions: [...protocolVersions],
    client: 'editor',
    ...facts,
    ...(resume !== undefined && { resume }),
  };
}

const clientIdPattern = /^[0-9a-f-]{36}$/;

/** The same over reloads of one window: by it the daemon finds the window's tasks again. */
export function clientIdOf(memory: WorkspaceMemory): string {
  const known = memory.get(memoryKeys.clientId);
  if (typeof known === 'string' && clientIdPattern.test(known)) return known;
  const fresh = randomUUID();
  void memory.update(memoryKeys.clientId, fresh);
  return fresh;
}
