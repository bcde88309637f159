/**
 * Google signs the tool calls of its thinking models and wants the signature back. It travels through OpenAI's format in the
 * field that Google's own endpoint of that format has for it, and goes to nobody else.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ScriptedHome } from '../support/scripted-home.ts';
import type { ScriptedProvider } from '../support/scripted-provider.ts';
import { startScriptedProvider } from '../support/scripted-provider.ts';

const signature = 'c2ln';
const question = { role: 'user', content: 'Where is it?' };
const tools = [{ type: 'function', function: { name: 'read', parameters: { type: 'object' } } }];

interface Turn {
  readonly parts: readonly Record<string, unknown>[];
}

let home: ScriptedHome;
let google: Awaited<ReturnType<typeof startGoogle>>;
let other: ScriptedProvider;
let key: string;
beforeEach(async () => {
  home = new ScriptedHome();
  google = await startGoogle();
  other = await startScriptedProvider('openai-chat');
  const models = (id: string) => [
    { id, capabilities: { tools: true, reasoning: true }, contextWindow: 100_000 },
  ];
  await home.open({
    nodes: [
      { id: 'g', provider: 'google', baseUrl: google.baseUrl, models: models('gemini-3-pro') },
      { id: 'o', provider: 'openai-compatible', baseUrl: other.baseUrl, models: models('coder') },
      { id: 'c', provider: 'openai-compatible', baseUrl: other.baseUrl, models: models('gemini-3-pro') },
    ],
  });
  key = (await home.key()).key;
});
afterEach(async () => {
  await home.dispose();
  await google.stop();
  await other.stop();
});

it.each([true, false])('the signature of a tool call goes out and back (streams: %s)', async (stream) => {
  const call = await callOfGoogle(stream);
  expect(call['extra_content']).toEqual({ google: { thought_signature: signature } });
  await goOn('g/gemini-3-pro', call);
  const sent = google.requests[1]?.contents.flatMap(({ parts }) => parts);
  expect(sent?.find((part) => 'functionCall' in part)).toMatchObject({ thoughtSignature: signature });
});

it('goes to a server of Google’s models in OpenAI’s format, and to no other', async () => {
  const call = await callOfGoogle(false);
  await goOn('o/coder', call);
  expect(JSON.stringify(other.requests[0]?.body)).not.toContain(signature);
  await goOn('c/gemini-3-pro', call);
  expect(JSON.stringify(other.requests[1]?.body)).toContain(`"thought_signature":"${signature}"`);
});

async function callOfGoogle(stream: boolean): Promise<Record<string, unknown>> {
  const body = { model: 'g/gemini-3-pro', stream, tools, messages: [question] };
  const raw = await (await home.ask('/v1/chat/completions', key, body)).text();
  const json = stream
    ? raw
        .split('\n')
        .find((line) => line.includes('"read"'))!
        .slice('data: '.length)
    : raw;
  type Message = { readonly tool_calls: readonly Record<string, unknown>[] };
  const { choices } = JSON.parse(json) as { choices: { delta?: Message; message?: Message }[] };
  const [call] = (choices[0]?.delta ?? choices[0]?.message)!.tool_calls;
  return { ...call, function: { name: 'read', arguments: '{"path":"a"}' } };
}

async function goOn(model: string, call: Record<string, unknown>): Promise<void> {
  const answered = { role: 'assistant', content: null, tool_calls: [call] };
  const result = { role: 'tool', tool_call_id: call['id'], content: 'export {}' };
  const body = { model, tools, messages: [question, answered, result] };
  const response = await home.ask('/v1/chat/completions', key, body);
  expect([response.status, await response.text()]).toEqual([200, expect.anything()]);
}

/** Google's wire: calls the tool in the first answer, and is done in the next ones. */
async function startGoogle() {
  const requests: { readonly contents: readonly Turn[] }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method !== 'POST') {
        response.writeHead(404).end('{}');
        return;
      }
      requests.push(JSON.parse(Buffer.concat(chunks).toString()) as (typeof requests)[number]);
      const called = {
        functionCall: { name: 'read', args: { path: 'a' } },
        thoughtSignature: signature,
      };
      const part = requests.length === 1 ? called : { text: 'Here.' };
      const candidate = { content: { role: 'model', parts: [part] }, finishReason: 'STOP' };
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`data: ${JSON.stringify({ candidates: [candidate] })}\n\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    requests,
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1beta`,
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
