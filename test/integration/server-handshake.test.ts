/** The handshake over a real socket: versions, identity, order of messages, and an orderly end. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createMessageConnection } from 'vscode-jsonrpc/node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { daemonRequests, limits, routeRequest } from '@task-router/protocol';
import {
  DaemonClient,
  connectToDaemon,
  createWsTransports,
  readDiscovery,
  readToken,
  writeDiscovery,
} from '@task-router/protocol/node';
import { hello } from '../support/hello.ts';
import { openClient, startTestServer, until } from '../support/server-fixture.ts';
import { temporaryPaths } from '../support/server-home.ts';
import { closeCode, openRaw } from '../support/server-raw.ts';
import { node, run } from '../support/server-service.ts';

describe('handshake', () => {
  it('welcomes a client with a snapshot and answers its requests', async () => {
    const { paths, service } = await startTestServer();
    const client = await openClient(paths);
    expect(client.welcome).toMatchObject({
      protocolVersion: '1.0',
      daemonVersion: '0.0.0-test',
      buildId: 'test',
      pid: process.pid,
      resume: 'snapshot',
      snapshot: { seq: 0, nodes: [node], tasks: [] },
    });
    const health = await client.request(daemonRequests.health, {});
    expect(health.nodes).toEqual([node]);
    expect(service.connected).toMatchObject([{ client: 'editor', trusted: true, editorModels: null }]);
    await client.close();
    await until(() => service.connected.length === 0);
  });

  it('speaks the same over 127.0.0.1', async () => {
    const { paths, server } = await startTestServer({ transport: 'tcp' });
    expect(server.endpoint).toEqual({ kind: 'tcp', port: expect.any(Number) as number });
    const client = await openClient(paths);
    expect((await client.request(daemonRequests.health, {})).nodes).toEqual([node]);
  });

  it('falls back to 127.0.0.1 when the socket can’t be opened', async () => {
    const paths = { ...temporaryPaths(), socketPath: '/nonexistent/folder/daemon.sock' };
    const { server } = await startTestServer({ paths });
    expect(server.endpoint.kind).toBe('tcp');
    await openClient(paths);
  });

  it('takes the client’s first version that both speak', async () => {
    const { paths } = await startTestServer();
    const client = await openClient(paths, { protocolVersions: ['9.1', '1.0', '0.9'] });
    expect(client.welcome.protocolVersion).toBe('1.0');
  });

  it('refuses a client of another protocol, whatever else it says', async () => {
    const { paths, service } = await startTestServer();
    const socket = await connectToDaemon({ paths });
    const connection = createMessageConnection(...transports(socket));
    connection.listen();
    onTestFinished(() => connection.dispose());
    const future = { protocolVersions: ['9.1'], somethingNew: true };
    await expect(
      connection.sendRequest('initialize', { initializationOptions: future }),
    ).rejects.toMatchObject({
      code: 1062,
      message: expect.stringContaining('9.1') as string,
      data: { code: 'daemon.protocolVersion', details: { supported: ['1.0'] } },
    });
    expect(service.connected).toEqual([]);
    socket.terminate();
  });

  it('refuses on the client’s side when the discovery file lists no common version', async () => {
    const { paths, server } = await startTestServer();
    const discovery = readDiscovery(paths);
    if (discovery === null) throw new Error('no discovery file');
    writeDiscovery(paths, { ...discovery, protocolVersions: ['9.1'] });
    await expect(connectToDaemon({ paths })).rejects.toMatchObject({ code: 'daemon.protocolVersion' });
    expect(server.clientCount).toBe(0);
  });

  it('refuses a hello that does not fit, and names the place', async () => {
    const { paths } = await startTestServer();
    const open = async (overrides: object): Promise<DaemonClient> =>
      DaemonClient.open(await connectToDaemon({ paths }), { hello: { ...hello(), ...overrides } });
    await expect(open({ clientId: 'short' })).rejects.toMatchObject({ code: 'request.invalid' });
    const socket = await connectToDaemon({ paths });
    const connection = createMessageConnection(...transports(socket));
    connection.listen();
    for (const params of [
      {},
      { initializationOptions: { ...hello(), clientId: 'x' } },
      { initializationOptions: 5 },
    ]) {
      await expect(connection.sendRequest('initialize', params)).rejects.toMatchObject({
        data: { code: 'request.invalid' },
      });
    }
    socket.terminate();
    connection.dispose();
  });

  it('comes first and once', async () => {
    const { paths } = await startTestServer();
    const socket = await connectToDaemon({ paths });
    const connection = createMessageConnection(...transports(socket));
    connection.listen();
    await expect(connection.sendRequest('router/health', {})).rejects.toMatchObject({ code: -32002 });
    await connection.sendRequest('initialize', { initializationOptions: hello() });
    await expect(
      connection.sendRequest('initialize', { initializationOptions: hello() }),
    ).rejects.toMatchObject({
      data: { code: 'request.invalid' },
    });
    await expect(connection.sendRequest('router/unknown', {})).rejects.toMatchObject({ code: -32601 });
    socket.terminate();
    connection.dispose();
  });

  it('sends nothing before the answer to initialize, even when events come meanwhile', async () => {
    const { server, paths, eventLog, service } = await startTestServer();
    const socket = await openRaw(server.endpoint, readToken(paths) ?? '');
    const received: { id?: number; method?: string }[] = [];
    socket.on('message', (data: Buffer) => received.push(JSON.parse(data.toString()) as object));
    const clientId = 'early-events';
    const busy = setInterval(() => eventLog.emit(clientId, { type: 'health', nodes: [] }), 0);
    onTestFinished(() => clearInterval(busy));
    const state = service.currentState.bind(service);
    service.currentState = () => {
      // In the very moment in which the handshake is being answered.
      queueMicrotask(() => eventLog.emit(clientId, { type: 'health', nodes: [] }));
      return state();
    };
    const params = { initializationOptions: hello({ clientId }) };
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'initialize', params }));
    await until(() => received.length > 3);
    expect(received[0]).toMatchObject({ id: 7 });
    expect(received[1]).toMatchObject({ method: 'router/event', params: { seq: 1 } });
  });

  it('answers what a language client sends around it', async () => {
    const { paths, server } = await startTestServer();
    const socket = await connectToDaemon({ paths });
    const connection = createMessageConnection(...transports(socket));
    connection.listen();
    const result = await connection.sendRequest('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
      initializationOptions: hello(),
      trace: 'off',
      workspaceFolders: null,
    });
    expect(result).toMatchObject({
      capabilities: { textDocumentSync: { openClose: true, change: 2 }, hoverProvider: true },
      serverInfo: { name: 'task-router' },
    });
    await connection.sendNotification('initialized', {});
    await connection.sendNotification('$/setTrace', { value: 'verbose' });
    await connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    expect(await connection.sendRequest('shutdown')).toBeNull();
    const closed = closeCode(socket);
    await connection.sendNotification('exit');
    expect(await closed).toBe(1000);
    await until(() => server.clientCount === 0);
    // The process goes on: other windows use it.
    await openClient(paths);
  });
});

describe('errors', () => {
  it('name the place of what is wrong and repeat nothing of it', async () => {
    const { paths } = await startTestServer();
    const client = await openClient(paths);
    const wrong = { type: 'run', task: { prompt: 'x', priority: 'sk-secret' } } as unknown as ReturnType<
      typeof run
    >;
    const error: unknown = await client.request(routeRequest, wrong).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'request.invalid', details: { path: 'task.priority' } });
    expect(String(error)).not.toContain('sk-secret');
    await expect(client.request(daemonRequests.decisions, { limit: 100_000 })).rejects.toMatchObject({
      code: 'request.invalid',
      details: { path: 'limit' },
    });
  });

  it('of a handler that fails unexpectedly reach the log, redacted, and not the client', async () => {
    const { paths, service, lines } = await startTestServer({
      redact: (text) => text.replaceAll('sk-canary', '***'),
    });
    service.healthError = new Error('boom with sk-canary');
    const client = await openClient(paths);
    const error: unknown = await client.request(daemonRequests.health, {}).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'internal.unexpected' });
    expect(JSON.stringify(error) + String(error)).not.toMatch(/boom|at .*\.ts/);
    expect(lines.join('')).toContain('boom with ***');
    expect(lines.join('')).not.toContain('sk-canary');
    service.healthError = null;
    await client.request(daemonRequests.health, {});
  });

  it('have codes of their own for a task that is too long or brings too much', async () => {
    const { paths, service } = await startTestServer();
    const client = await openClient(paths);
    await expect(client.request(routeRequest, run('x'.repeat(limits.promptChars + 1)))).rejects.toMatchObject(
      {
        code: 'task.promptTooLong',
      },
    );
    const span = (text: string) => ({ file: 'a.ts', text });
    const withContext = (context: { file: string; text: string }[]) => ({
      ...run('x'),
      task: { prompt: 'x', context },
    });
    const tooLarge = [
      [span('y'.repeat(limits.contextBytes + 1))],
      [span('y'.repeat(limits.contextBytes - 1)), span('yy')],
      // Counted in bytes, not in characters.
      [span('ü'.repeat(limits.contextBytes / 2 + 1))],
      [span('z'.repeat(5 * 1024 * 1024))],
    ];
    for (const context of tooLarge) {
      const routed = client.request(routeRequest, withContext(context));
      await expect(routed).rejects.toMatchObject({ code: 'task.contextTooLarge' });
    }
    // Longer than any message: refused before it is sent, and the connection goes on.
    const endless = withContext([span('\u0000'.repeat(limits.contextBytes))]) as ReturnType<typeof run>;
    await expect(client.request(routeRequest, endless)).rejects.toMatchObject({
      code: 'task.contextTooLarge',
    });
    await client.request(daemonRequests.health, {});
    expect(service.routed).toEqual([]);
  });
});

describe('the running server', () => {
  it('keeps its files to its owner and removes them', async () => {
    const { paths, server } = await startTestServer();
    const modeOf = (path: string): number => statSync(path).mode & 0o777;
    expect(modeOf(paths.runtimeFolder)).toBe(0o700);
    expect([paths.tokenFile, paths.discoveryFile, paths.socketPath].map(modeOf)).toEqual([
      0o600, 0o600, 0o600,
    ]);
    expect(readFileSync(paths.discoveryFile, 'utf8')).not.toContain(readToken(paths));
    await server.dispose();
    expect(
      [paths.tokenFile, paths.discoveryFile, paths.socketPath].filter((path) => existsSync(path)),
    ).toEqual([]);
    await expect(connectToDaemon({ paths })).rejects.toMatchObject({ details: { reason: 'noDaemon' } });
  });

  it('writes no token to its log', async () => {
    const { paths, lines } = await startTestServer();
    const client = await openClient(paths);
    await client.close();
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join('')).not.toContain(readToken(paths));
  });

  it('tells when the last client has left', async () => {
    const { paths, server } = await startTestServer();
    let idle = 0;
    server.onIdle(() => (idle += 1));
    const [first, second] = [await openClient(paths), await openClient(paths)];
    expect(server.clientCount).toBe(2);
    await first.close();
    await until(() => server.clientCount === 1);
    expect(idle).toBe(0);
    await second.close();
    await until(() => idle === 1);
  });

  it('says goodbye with 1001 when it leaves on purpose', async () => {
    const { paths, server } = await startTestServer();
    const socket = await openRaw(server.endpoint, readToken(paths) ?? '');
    const closed = closeCode(socket);
    await server.broadcastClose();
    expect(await closed).toBe(1001);
  });

  it('ends when a client asks for it, after having answered', async () => {
    let stops = 0;
    const { paths } = await startTestServer({ onStop: () => (stops += 1) });
    const client = await openClient(paths);
    await client.stopDaemon();
    await until(() => stops === 1);
  });

  it('cuts off a peer that is gone without a word, and keeps one that answers pings', async () => {
    const { server, paths } = await startTestServer({ heartbeatMs: 40 });
    const token = readToken(paths) ?? '';
    const dead = await openRaw(server.endpoint, token, { autoPong: false });
    const alive = await openRaw(server.endpoint, token);
    let pings = 0;
    alive.on('ping', () => (pings += 1));
    const startedMs = performance.now();
    await closeCode(dead);
    expect(performance.now() - startedMs).toBeGreaterThan(100);
    await until(() => pings > 5);
    expect(alive.readyState).toBe(alive.OPEN);
    expect(server.clientCount).toBe(1);
  });
});

function transports(socket: Parameters<typeof createWsTransports>[0]) {
  const { reader, writer } = createWsTransports(socket);
  return [reader, writer] as const;
}
