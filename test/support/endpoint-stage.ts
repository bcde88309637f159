/**
 * The endpoint's server on a real port, with a scripted service behind it and a format of one line: the server is tested
 * without routing and without any vendor's fields.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Outcome } from '@task-router/protocol';
import type {
  AnswerSink,
  OutsideCall,
  OutsideEnd,
  OutsideHead,
  OutsideService,
} from '../../daemon/src/dispatch/outside/outside-call.ts';
import type { EndpointFormat } from '../../daemon/src/endpoint/endpoint-format.ts';
import { Endpoint, type EndpointParts } from '../../daemon/src/endpoint/endpoint.ts';
import { systemClock } from '../../daemon/src/platform/clock.ts';
import { createIds } from '../../daemon/src/platform/ids.ts';
import { createLogger } from '../../daemon/src/platform/logger.ts';
import { redact } from '../../daemon/src/providers/redact.ts';
import { MemoryStore } from '../../daemon/src/store/memory/memory-store.ts';

/** A free port below those that the system gives to outgoing connections, so that none of them gets there first. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 32_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

export const head: OutsideHead = {
  taskId: 'task-1',
  decisionId: 'decision-1',
  routeId: 'local/small',
  attempts: 1,
};

const outcome: Outcome = {
  status: 'succeeded',
  route: 'local/small',
  attempts: 1,
  finishReason: 'stop',
  timings: { queuedMs: 0, firstTokenMs: 1, totalMs: 2 },
  tokens: { input: 1, output: 1, cachedInput: null, reasoning: null },
  costUsd: 0.25,
};

export function answered(more: Partial<Extract<OutsideEnd, { type: 'answered' }>> = {}): OutsideEnd {
  const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: null, reasoningTokens: null };
  return {
    type: 'answered',
    head,
    outcome,
    finishReason: 'stop',
    usage,
    passed: false,
    costUsd: 0.25,
    ...more,
  };
}

export function failure(more: Partial<Extract<OutsideEnd, { type: 'failed' }>> = {}): OutsideEnd {
  const nothing = { upstream: null, retryAfterMs: null, head: null, begun: false };
  return {
    type: 'failed',
    kind: 'server',
    message: 'All failed.',
    code: 'route.allFailed',
    ...nothing,
    ...more,
  };
}

/** `{"model":…,"stream":…}` in; `begin|text|end` out. */
function plainFormat(name: EndpointFormat['name']): EndpointFormat {
  return {
    name,
    readCall: (body, _headers, tool) => {
      if (body.toString() === 'explode') throw new Error('boom');
      const fields = JSON.parse(body.toString()) as { model?: string; stream?: boolean };
      if (fields.model === undefined)
        return { ok: false, problem: { status: 400, code: 'endpoint.badRequest', message: 'no model' } };
      const raw = { format: name, body, modelAt: [0, 0] as const, headers: {} };
      const { model, stream: streams = false } = fields;
      const wishes = { usage: false, thinking: false };
      const rest = { maxOutputTokens: null, untranslatable: [], wishes, raw, tool };
      return { ok: true, value: { model, call: { prompt: [] }, streams, ...rest } };
    },
    readCount: () => ({ ok: true, value: { model: 'auto', call: { prompt: [] } } }),
    createWriter: ({ streams }) => {
      let whole = '';
      const out = (text: string): string => {
        if (streams) return text;
        whole += text;
        return '';
      };
      return {
        contentType: streams ? 'text/event-stream' : 'application/json',
        begin: () => out('begin|'),
        part: (part) => out(part.type === 'text' ? part.text : ''),
        observe: () => undefined,
        ping: () => ':ping|',
        end: () => `${whole}|end`,
        fail: ({ code }) => `|fail ${code}`,
      };
    },
    errorBody: (problem) => JSON.stringify({ form: name, ...problem }),
    modelsBody: (models) => JSON.stringify({ form: name, models: models.map(({ id }) => id) }),
    countBody: (tokens) => JSON.stringify({ tokens }),
  };
}

export type Script = (call: OutsideCall, sink: AnswerSink, signal: AbortSignal) => Promise<OutsideEnd>;

export class EndpointStage {
  readonly calls: OutsideCall[] = [];
  readonly lines: string[] = [];
  readonly store: MemoryStore;
  readonly endpoint: Endpoint;
  readonly port: number;
  /** What a call does; by default it says `hello` and ends. */
  script: Script = (_call, sink) => {
    sink.begin(head);
    sink.part({ type: 'text', text: 'hello' });
    return Promise.resolve(answered());
  };

  constructor(
    port: number,
    options: Pick<EndpointParts, 'times' | 'limits'> & {
      readonly enabled?: boolean;
      readonly store?: MemoryStore;
      /** The real ones instead of those of one line. */
      readonly formats?: EndpointParts['formats'];
    },
  ) {
    this.port = port;
    const { enabled = true, store = new MemoryStore('a test'), ...more } = options;
    const plain = { openai: plainFormat('openai-chat'), anthropic: plainFormat('anthropic-messages') };
    this.store = store;
    const service: OutsideService = {
      complete: (call, sink, cancel) => {
        this.calls.push(call);
        return this.script(call, sink, cancel.signal);
      },
      models: () => [{ id: 'auto', label: 'Auto', contextWindow: null, maxOutputTokens: null }],
      countTokens: () => 42,
    };
    this.endpoint = new Endpoint({
      service,
      formats: plain,
      config: { current: () => ({ endpoint: { enabled, port } }), onDidChange: () => () => undefined },
      store: this.store,
      clock: systemClock,
      log: createLogger({ sink: (line) => this.lines.push(line), clock: systemClock, redact }),
      createId: createIds(Date.now),
      onChange: () => undefined,
      ...more,
    });
    onTestFinished(() => this.endpoint.close());
  }

  key(name = 'Cline'): string {
    return this.endpoint.createKey({ name, policy: null, dailyBudgetUsd: null }).key;
  }

  post(key: string, body: object | string, signal?: AbortSignal): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...(signal && { signal }),
    });
  }
}

export async function openStage(
  options: ConstructorParameters<typeof EndpointStage>[1] = {},
): Promise<EndpointStage> {
  const stage = new EndpointStage(await freePort(), options);
  await stage.endpoint.settle();
  return stage;
}
