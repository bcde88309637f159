/** The handshake over a real socket: versions, identity, order of messages, and an orderly end. */
import { statSync } from 'node:fs';
import { createMessageConnection } from 'vscode-jsonrpc/node';
import { describe, expect, it } from 'vitest';
import { daemonRequests } from '@task-router/protocol';
import { connectToDaemon, createWsTransports, readDiscovery } from '@task-router/protocol/node';
import { hello, openClient, startTestServer, until } from '../support/server-fixture.ts';
import { node } from '../support/server-service.ts';

describe('handshake', () => {
  it('welcomes a client with a snapshot and answers its requests', async () => {
    const { paths, service } = await startTestServer();
    const client = await openClient(paths);
    expect(client.welcome).toMatchObject({
      protocolVersion: '1.0',
      daemonVersion: '0.0.0-test',
      resume: 'snapshot',
      snapshot: { seq: 0, nodes: [node], tasks: [] },
    });
    const health = await client.request(daemonRequests.health, {});
    expect(health.nodes).toEqual([node]);
    expect(service.connected).toHaveLength(1);
    await client.close();
    await until(() => service.connected.length === 0);
  });
});
