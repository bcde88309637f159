/**
 * The router itself, as the endpoint sees it, over servers that write what a test tells them and keep what they were sent.
 * With the real store, the real providers and real sockets; only HTTP towards the tool is left out.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProviderKind, RouterEvent } from '@task-router/protocol';
import { createConfigFile } from '../../daemon/src/config/config-file.ts';
import type {
  AnswerSink,
  OutsideCall,
  OutsideEnd,
  OutsideHead,
} from '../../daemon/src/dispatch/outside/outside-call.ts';
import { Router } from '../../daemon/src/dispatch/router-service.ts';
import { systemClock } from '../../daemon/src/platform/clock.ts';
import { createLogger } from '../../daemon/src/platform/logger.ts';
import type { AnswerPart, ModelCall } from '../../daemon/src/providers/model-call.ts';
import { Connector } from '../../daemon/src/providers/transport/connector.ts';
import { createProvider } from '../../daemon/src/providers/registry.ts';
import { loadRoutingModel } from '../../daemon/src/routing-model/index.ts';
import type { Store } from '../../daemon/src/store/store.ts';
import { openStore } from '../../daemon/src/store/open-store.ts';

/** What a scripted server does with one call; `index` counts its calls from 0. */
export type Script = (call: {
  readonly body: Record<string, unknown>;
  readonly response: ServerResponse;
  readonly index: number;
}) => void;

export interface NodePlan {
  readonly id: string;
  readonly provider: Extract<ProviderKind, 'openai-compatible' | 'anthropic' | 'ollama'>;
  /** Of its one model, `m`. */
  readonly model?: Record<string, unknown>;
  readonly script: Script;
}

export interface ScriptedServer {
  readonly baseUrl: string;
  /** Bodies of the calls for an answer, in their order. */
  readonly bodies: Record<string, unknown>[];
  /** When a caller left before the answer's end, by `performance.now`. */
  readonly leftAtMs: number[];
}

/** What a tool was shown. */
export class Shown implements AnswerSink {
  readonly heads: OutsideHead[] = [];
  readonly parts: AnswerPart[] = [];
  /** Parts after which the tool says that it is slow. */
  slowAfter = Infinity;
  drains = 0;
  passed = '';

  begin(head: OutsideHead): void {
    this.heads.push(head);
  }

  pass(bytes: Uint8Array): boolean {
    this.passed += Buffer.from(bytes).toString();
    return true;
  }

  part(part: AnswerPart): boolean {
    this.parts.push(part);
    return this.parts.length < this.slowAfter;
  }

  drained(): Promise<void> {
    this.drains += 1;
    return Promise.resolve();
  }

  get text(): string {
    return this.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
  }
}

export interface OutsideStage {
  readonly router: Router;
  readonly store: Store;
  readonly events: RouterEvent[];
  readonly server: (id: string) => ScriptedServer;
  readonly complete: (
    call: ModelCall,
    more?: Partial<OutsideCall>,
    cancel?: AbortController,
  ) => Promise<{ readonly end: OutsideEnd; readonly shown: Shown }>;
  /** An editor that is connected from now on. */
  readonly connectEditor: () => void;
  readonly dispose: () => Promise<void>;
}

const tool = { keyId: 'key-1', name: 'aider', policy: null, dailyBudgetUsd: null };

/** `passes`: bytes of a format that a server speaks go through as they are; else every call is translated. */
export async function startOutsideStage(
  plans: readonly NodePlan[],
  { passes = false, ...config }: { readonly passes?: boolean } & Record<string, unknown> = {},
): Promise<OutsideStage> {
  const home = mkdtempSync(join(tmpdir(), 'task-router-outside-'));
  const servers = new Map<string, ScriptedServer & { readonly stop: () => Promise<void> }>();
  for (const plan of plans) servers.set(plan.id, await startServer(plan));
  const path = join(home, 'config.jsonc');
  const nodes = plans.map(({ id, provider, model }) => ({
    ...{ id, provider, baseUrl: servers.get(id)?.baseUrl },
    models: [{ id: 'm', ...model }],
  }));
  const discovery = { localServers: false, environmentKeys: false };
  writeFileSync(path, JSON.stringify({ discovery, nodes, ...config }));
  const log = createLogger({ sink: () => undefined, clock: systemClock, redact: (text) => text });
  const store = await openStore(join(home, 'history.sqlite'));
  const events: RouterEvent[] = [];
  let ids = 0;
  const router = new Router({
    ...{ clock: systemClock, log, store, environment: {}, connector: new Connector() },
    createProvider(endpoint) {
      const { forward, ...translating } = createProvider(endpoint);
      return passes && forward !== undefined ? { ...translating, forward } : translating;
    },
    config: createConfigFile({ path, lastGoodPath: join(home, 'last.json'), log }),
    demoFile: join(home, 'demo.json'),
    machineBytes: 16e9,
    routingModel: loadRoutingModel(),
    createId: () => `id-${(ids += 1)}`,
    createSeed: () => 7,
    events: { emit: (_, event) => events.push(event), clientIds: () => [] },
    version: '0',
    endpointView: () => undefined as never,
  });
  return {
    ...{ router, store, events },
    server(id) {
      const found = servers.get(id);
      if (found === undefined) throw new Error(`there is no server ${id}`);
      return found;
    },
    async complete(call, more = {}, cancel = new AbortController()) {
      const shown = new Shown();
      const end = await router.outside.complete(outsideCall(call, more), shown, cancel);
      return { end, shown };
    },
    connectEditor() {
      router.clientConnected({
        ...{ clientId: 'window', client: 'editor', trusted: true, editorModels: null },
      });
    },
    async dispose() {
      await router.dispose();
      store.close();
      for (const { stop } of servers.values()) await stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export function outsideCall(call: ModelCall, more: Partial<OutsideCall> = {}): OutsideCall {
  return {
    ...{ model: 'auto', call, maxOutputTokens: null, streams: true, untranslatable: [], tool },
    wishes: { usage: true, thinking: true },
    raw: rawCall('auto'),
    ...more,
  };
}

/** A question on OpenAI's wire, as a tool writes it. */
function rawCall(model: string): OutsideCall['raw'] {
  const body = JSON.stringify({
    model,
    stream: true,
    logprobs: true,
    messages: [{ role: 'user', content: 'Why?' }],
  });
  const from = '{"model":'.length;
  const modelAt = [from, from + JSON.stringify(model).length] as const;
  return { format: 'openai-chat', body: Buffer.from(body), modelAt, headers: {} };
}

async function startServer({ provider, script }: NodePlan) {
  const bodies: Record<string, unknown>[] = [];
  const leftAtMs: number[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method !== 'POST' || request.url?.endsWith('/show') === true) {
        response.writeHead(404).end('{}');
        return;
      }
      response.on('close', () => {
        if (!response.writableFinished) leftAtMs.push(performance.now());
      });
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
      bodies.push(body);
      script({ body, response, index: bodies.length - 1 });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ bodies, leftAtMs },
    baseUrl: provider === 'ollama' ? origin : `${origin}/v1`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Writers of one answer on OpenAI's wire. */
export function openaiAnswer(response: ServerResponse) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const event = (delta: object, finish: string | null = null) =>
    response.write(
      `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`,
    );
  return {
    text: (content: string) => event({ role: 'assistant', content }),
    think: (reasoning_content: string) => event({ reasoning_content }),
    tool: (index: number, piece: { id?: string; name?: string; json?: string }) =>
      event({
        tool_calls: [
          {
            index,
            ...(piece.id !== undefined && { id: piece.id, type: 'function' }),
            function: { ...(piece.name !== undefined && { name: piece.name }), arguments: piece.json ?? '' },
          },
        ],
      }),
    end(finish = 'stop', tokens: readonly [number, number] = [10, 5]) {
      event({}, finish);
      const usage = {
        prompt_tokens: tokens[0],
        completion_tokens: tokens[1],
        total_tokens: tokens[0] + tokens[1],
      };
      response.write(
        `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage })}\n\n`,
      );
      response.end('data: [DONE]\n\n');
    },
  };
}

/** Writers of one answer on Anthropic's wire. */
export function anthropicAnswer(response: ServerResponse) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let index = -1;
  const event = (type: string, fields: object) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
  const block = (content_block: object, deltas: readonly object[]) => {
    index += 1;
    event('content_block_start', { index, content_block });
    for (const delta of deltas) event('content_block_delta', { index, delta });
    event('content_block_stop', { index });
  };
  const message = { id: 'msg', type: 'message', role: 'assistant', model: 'm', content: [] };
  event('message_start', {
    message: {
      ...message,
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 10, output_tokens: 1 },
    },
  });
  return {
    text: (text: string) => block({ type: 'text', text: '' }, [{ type: 'text_delta', text }]),
    think: (thinking: string, signature: string) =>
      block({ type: 'thinking', thinking: '', signature: '' }, [
        { type: 'thinking_delta', thinking },
        { type: 'signature_delta', signature },
      ]),
    tool: (id: string, name: string, pieces: readonly string[]) =>
      block(
        { type: 'tool_use', id, name, input: {} },
        pieces.map((partial_json) => ({ type: 'input_json_delta', partial_json })),
      ),
    end(stop_reason = 'end_turn') {
      event('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 5 } });
      event('message_stop', {});
      response.end();
    },
  };
}
