/** Diagnostics, completion and hovers for config.jsonc, asked for as an editor asks: LSP messages over a real socket. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createMessageConnection } from 'vscode-jsonrpc/node';
import type {
  CompletionList,
  Diagnostic,
  Hover,
  PublishDiagnosticsParams,
} from 'vscode-languageserver-protocol';
import { expect, it, onTestFinished } from 'vitest';
import { connectToDaemon, createWsTransports } from '@task-router/protocol/node';
import { createConfigFile } from '../../daemon/src/config/config-file.ts';
import { configLanguage } from '../../daemon/src/config/language.ts';
import { silentLogger } from '../../daemon/src/platform/logger.ts';
import { hello } from '../support/hello.ts';
import { startTestServer, until } from '../support/server-fixture.ts';
import { temporaryPaths } from '../support/server-home.ts';

const uri = 'file:///home/dev/config.jsonc';

async function editor() {
  const paths = temporaryPaths();
  const file = createConfigFile({
    path: paths.configFile,
    lastGoodPath: paths.lastGoodConfigFile,
    log: silentLogger,
  });
  const { lines } = await startTestServer({ paths, config: configLanguage(file) });
  const socket = await connectToDaemon({ paths });
  const { reader, writer } = createWsTransports(socket);
  const connection = createMessageConnection(reader, writer);
  onTestFinished(() => connection.dispose());
  onTestFinished(() => socket.terminate());
  const published: PublishDiagnosticsParams[] = [];
  connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
    published.push(params);
  });
  connection.listen();
  await connection.sendRequest('initialize', { initializationOptions: hello() });
  const open = (text: string): Promise<void> =>
    connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'jsonc', version: 1, text },
    });
  const diagnostics = async (count: number): Promise<Diagnostic[]> => {
    await until(() => published.length >= count);
    return published[count - 1]?.diagnostics ?? [];
  };
  return { connection, open, diagnostics, published, file, paths, lines };
}

/** The text with `|` taken out, and the place where it stood. */
function atCursor(marked: string): { text: string; position: { line: number; character: number } } {
  const before = marked.slice(0, marked.indexOf('|')).split('\n');
  return {
    text: marked.replace('|', ''),
    position: { line: before.length - 1, character: before.at(-1)?.length ?? 0 },
  };
}

it('underlines an unknown key and names the nearest one, and clears it when it is mended', async () => {
  const { connection, open, diagnostics } = await editor();
  await open('{\n  // what I prefer\n  "policy": { "objectve": "quality" }\n}');
  expect(await diagnostics(1)).toEqual([
    {
      range: { start: { line: 2, character: 14 }, end: { line: 2, character: 24 } },
      severity: 1,
      code: 'config.unknownKey',
      source: 'task-router',
      message: 'Unknown key "objectve" in policy; the nearest known key is "objective".',
    },
  ]);
  await connection.sendNotification('textDocument/didChange', {
    textDocument: { uri, version: 2 },
    contentChanges: [
      { range: { start: { line: 2, character: 15 }, end: { line: 2, character: 23 } }, text: 'objective' },
    ],
  });
  expect(await diagnostics(2)).toEqual([]);
});

it('takes whole texts too, and clears everything on close', async () => {
  const { connection, open, diagnostics, published } = await editor();
  await open('{}');
  expect(await diagnostics(1)).toEqual([]);
  await connection.sendNotification('textDocument/didChange', {
    textDocument: { uri, version: 2 },
    contentChanges: [{ text: '{ "nodes": [' }],
  });
  expect((await diagnostics(2)).map(({ code }) => code)).toContain('config.malformed');
  expect(published[1]?.version).toBe(2);
  await connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  expect(await diagnostics(3)).toEqual([]);
});

it('completes keys and values, and explains them', async () => {
  const { connection, open } = await editor();
  const complete = async (marked: string): Promise<string[]> => {
    const { text, position } = atCursor(marked);
    await open(text);
    const list: CompletionList = await connection.sendRequest('textDocument/completion', {
      textDocument: { uri },
      position,
    });
    return list.items.map(({ label }) => label);
  };
  expect(await complete('{ "|" }')).toEqual(
    expect.arrayContaining(['nodes', 'policy', 'budgets', 'history']),
  );
  expect(await complete('{ "policy": { "objective": "|" } }')).toEqual(
    expect.arrayContaining(['"balanced"', '"quality"', '"cost"', '"speed"', '"local"']),
  );
  expect(await complete('{ "nodes": [{ "|" }] }')).toEqual(
    expect.arrayContaining(['id', 'provider', 'baseUrl']),
  );
  const { text, position } = atCursor('{ "policy": { "local|Only": true } }');
  await open(text);
  const hover: Hover = await connection.sendRequest('textDocument/hover', {
    textDocument: { uri },
    position,
  });
  expect(JSON.stringify(hover.contents)).toContain('Only models that run on this machine');
});

it('completes from its own schema whatever the document names, and fetches nothing', async () => {
  const { connection, open } = await editor();
  const { text, position } = atCursor('{ "$schema": "http://127.0.0.1:9/evil.json", "|" }');
  await open(text);
  const list: CompletionList = await connection.sendRequest('textDocument/completion', {
    textDocument: { uri },
    position,
  });
  expect(list.items.map(({ label }) => label)).toContain('nodes');
});

it('survives documents that are too deep, too large, too many or unknown', async () => {
  const { connection, open, diagnostics, lines } = await editor();
  await open('['.repeat(50_000));
  expect((await diagnostics(1)).map(({ code }) => code)).toEqual(['config.malformed']);
  const ask = (method: string): Promise<unknown> =>
    connection.sendRequest(method, { textDocument: { uri }, position: { line: 0, character: 100 } });
  await ask('textDocument/completion');
  await ask('textDocument/hover');
  await open(`{ "nodes": [${' '.repeat(1024 * 1024)}] }`);
  expect((await diagnostics(2)).map(({ code }) => code)).toEqual(['config.tooLarge']);
  await open(' '.repeat(5 * 1024 * 1024));
  await until(() => lines.some((line) => line.includes('a notification was not understood')));
  for (let i = 0; i < 100; i += 1) {
    await connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri: `file:///${i}.jsonc`, languageId: 'jsonc', version: 1, text: '{}' },
    });
  }
  const unknown = { textDocument: { uri: 'file:///99.jsonc' }, position: { line: 0, character: 0 } };
  expect(await connection.sendRequest('textDocument/completion', unknown)).toBeNull();
  await expect(connection.sendRequest('textDocument/hover', { position: 5 })).rejects.toMatchObject({
    data: { code: 'request.invalid' },
  });
});

it('puts a saved configuration into force at once', async () => {
  const { connection, file, paths } = await editor();
  mkdirSync(dirname(paths.configFile), { recursive: true });
  writeFileSync(paths.configFile, '{ "policy": { "localOnly": true } }');
  expect(file.current().policy.localOnly).toBeUndefined();
  await connection.sendNotification('textDocument/didSave', { textDocument: { uri } });
  await until(() => file.current().policy.localOnly === true);
});
