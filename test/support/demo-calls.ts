/** Calls to a demo server through a real socket, in each wire format, with everything that came back. */
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import * as z from 'zod';
import type { FaultInput } from '../../daemon/src/demo/faults.ts';
import { demoProfiles } from '../../daemon/src/demo/profiles.ts';
import type { DemoServerId } from '../../daemon/src/demo/profiles.ts';
import { startDemoServer } from '../../daemon/src/demo/server.ts';
import type { DemoServer } from '../../daemon/src/demo/server.ts';

export const chunkCount = 50;

export const words = Array.from({ length: chunkCount }, (_, index) => (index === 0 ? 'Café' : ` w${index}`));

export const fullText = words.join('');

export const key = 'sk-demo-secret-0123456789';

export async function serverWith(id: DemoServerId, ...faults: readonly FaultInput[]): Promise<DemoServer> {
  const server = await startDemoServer(demoProfiles[id], { speed: 0, faults, answer: () => fullText });
  onTestFinished(() => server.stop());
  return server;
}

const paths: Readonly<Record<DemoServerId, string>> = {
  'demo-fast': '/chat/completions',
  'demo-strong': '/messages',
  'demo-flaky': '/api/chat',
};

function bodyFor(server: DemoServer, stream: boolean): string {
  return JSON.stringify({
    model: server.models[0]!.id,
    max_tokens: 4096,
    stream,
    ...(server.provider === 'openai-compatible' ? { stream_options: { include_usage: true } } : {}),
    messages: [{ role: 'user', content: 'Hello there' }],
  });
}

/** A request in flight, with everything that has come back so far. */
interface Call {
  status?: number;
  headers: IncomingMessage['headers'];
  raw: string;
  end: 'open' | 'clean' | 'cut';
  readonly ended: Promise<undefined>;
  readonly abort: () => void;
}

export function call(server: DemoServer, stream = true): Call {
  const request = httpRequest(`${server.baseUrl}${paths[server.id as DemoServerId]}`, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
  });
  const { promise: ended, resolve } = Promise.withResolvers<undefined>();
  const made: Call = { headers: {}, raw: '', end: 'open', ended, abort: () => request.destroy() };
  const finish = (end: Call['end']): void => {
    if (made.end === 'open') made.end = end;
    resolve(undefined);
  };
  request.on('error', () => finish('cut'));
  request.on('response', (response) => {
    made.status = response.statusCode!;
    made.headers = response.headers;
    const decoder = new TextDecoder();
    response.on('data', (bytes: Buffer) => (made.raw += decoder.decode(bytes, { stream: true })));
    response.on('end', () => finish('clean'));
    response.on('error', () => finish('cut'));
  });
  request.end(bodyFor(server, stream));
  return made;
}

export async function finished(server: DemoServer, stream = true): Promise<Call> {
  const made = call(server, stream);
  await made.ended;
  return made;
}

/** The JSON values of a stream, whichever wire; what is no JSON is left out. */
export function events(raw: string): unknown[] {
  return raw.split('\n').flatMap((line) => {
    const data = line.replace(/^data: /, '');
    try {
      return data.startsWith('{') ? [JSON.parse(data) as unknown] : [];
    } catch {
      return [];
    }
  });
}

const deltaSchema = z.union([
  z
    .object({ choices: z.tuple([z.object({ delta: z.object({ content: z.string() }) })]) })
    .transform((event) => event.choices[0].delta.content),
  z
    .object({ type: z.literal('content_block_delta'), delta: z.object({ text: z.string() }) })
    .transform((event) => event.delta.text),
  z.object({ message: z.object({ content: z.string() }) }).transform((event) => event.message.content),
]);

/** The answer text that a stream carried. */
export function textOf(raw: string): string {
  return events(raw)
    .map((event) => deltaSchema.safeParse(event).data ?? '')
    .join('');
}

/** What each wire puts at the end of a complete stream. */
export const endMarkers: Readonly<Record<DemoServerId, string>> = {
  'demo-fast': 'data: [DONE]\n\n',
  'demo-strong': 'data: {"type":"message_stop"}\n\n',
  'demo-flaky': '"done":true',
};

export const lastLog = (server: DemoServer) => server.log().at(-1)!;

export function connectTo(server: DemoServer): Promise<void> {
  const { hostname, port } = new URL(server.baseUrl);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
  });
}

const errorSchema = z.union([
  z.object({ type: z.literal('error'), error: z.object({ type: z.string(), message: z.string() }) }),
  z.object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.null(),
      code: z.union([z.string(), z.number(), z.null()]),
    }),
  }),
  z.object({ error: z.string() }),
]);

/** The message of an error body in any of the three formats; throws for anything else. */
export function errorMessage(raw: string): string {
  const { error } = errorSchema.parse(JSON.parse(raw));
  return typeof error === 'string' ? error : error.message;
}
