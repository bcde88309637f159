/**
 * llama.cpp's real engine behind a thin server that speaks as `llama-server` does: chat completions as a stream, its
 * settings and its slots. So the daemon talks to a real peer over a real socket: real tokens, real windows, real
 * parallel sequences, a real abort. The model is a toy (`toy-model/`); how well it writes is not tested with it.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LlamaCompletion, getLlama } from 'node-llama-cpp';
import type { Llama, LlamaContext, LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp';
import * as z from 'zod';

export interface LlamaServerOptions {
  /** A GGUF file. */
  readonly modelPath: string;
  readonly modelId: string;
  /** Window of each slot. */
  readonly contextTokens: number;
  readonly slots: number;
  /**
   * What becomes of a prompt that does not fit: refused, as by today's servers, or cut to its end in silence, as by
   * older ones.
   */
  readonly overflow: 'error' | 'truncate';
}

/** One generation, as the engine saw it. */
export interface Generation {
  readonly slot: number;
  readonly promptTokens: number;
  readonly startedAtMs: number;
  /** null: it still runs. */
  endedAtMs: number | null;
  tokens: number;
  stop: 'stop' | 'length' | 'abort' | null;
}

export interface LlamaServer {
  readonly baseUrl: string;
  /** Tokens that a prompt of these messages has. */
  readonly promptTokens: (messages: readonly ChatMessage[]) => number;
  readonly generations: () => readonly Generation[];
  readonly stop: () => Promise<void>;
}

interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

const chatSchema = z.looseObject({
  messages: z.array(z.looseObject({ role: z.string(), content: z.string() })).min(1),
  max_tokens: z.int().positive().nullish(),
  temperature: z.number().min(0).max(2).default(0.7),
  seed: z.int().default(7),
  stream: z.boolean().default(false),
});
type Chat = z.infer<typeof chatSchema>;

/** Rejects, saying what is missing, where the prebuilt engine can't be loaded: a test without it would prove nothing. */
export async function loadEngine(): Promise<Llama> {
  try {
    // One thread: more of them only wait for each other on a shared machine.
    return await getLlama({ gpu: false, build: 'never', maxThreads: 1, progressLogs: false });
  } catch (thrown) {
    const platform = `${process.platform}-${process.arch}`;
    throw new Error(
      `llama.cpp's engine could not be loaded on ${platform}. This tier needs the prebuilt one for Linux x64 with glibc ` +
        '(@node-llama-cpp/linux-x64, an optional dependency; run npm ci without --omit=optional).',
      { cause: thrown },
    );
  }
}

/** Loads the model and listens on any free port of 127.0.0.1. */
export async function startLlamaServer(engine: Llama, options: LlamaServerOptions): Promise<LlamaServer> {
  const model = await engine.loadModel({ modelPath: options.modelPath });
  const context = await model.createContext({
    contextSize: options.contextTokens,
    sequences: options.slots,
    threads: 1,
  });
  const slots = new Slots(context, options.slots);
  const generations: Generation[] = [];
  const server = createServer((request, response) => {
    void serve({ model, slots, options, generations }, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    promptTokens: (messages) => promptOf(model, messages).length,
    generations: () => generations,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await slots.drained();
      await context.dispose();
      await model.dispose();
    },
  };
}

interface Host {
  readonly model: LlamaModel;
  readonly slots: Slots;
  readonly options: LlamaServerOptions;
  readonly generations: Generation[];
}

async function serve(host: Host, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const json = (status: number, body: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const { options, slots } = host;
  const settings = { n_ctx: options.contextTokens };
  switch (`${request.method} ${request.url}`) {
    case 'GET /health': {
      json(200, { status: 'ok' });
      return;
    }
    case 'GET /v1/models': {
      const meta = { n_ctx_train: host.model.trainContextSize };
      json(200, {
        object: 'list',
        data: [{ id: options.modelId, object: 'model', owned_by: 'llamacpp', meta }],
      });
      return;
    }
    case 'GET /props': {
      json(200, { total_slots: options.slots, default_generation_settings: settings });
      return;
    }
    case 'GET /slots': {
      json(
        200,
        slots.busy().map((is_processing, id) => ({ id, is_processing, ...settings })),
      );
      return;
    }
    case 'POST /v1/chat/completions': {
      const parsed = chatSchema.safeParse(JSON.parse(await textOf(request)));
      if (!parsed.success) {
        json(400, { error: { code: 400, message: z.prettifyError(parsed.error) } });
        return;
      }
      return chat(host, parsed.data, response);
    }
    default: {
      json(404, { error: { code: 404, message: 'File Not Found', type: 'not_found_error' } });
      return;
    }
  }
}

async function chat(host: Host, request: Chat, response: ServerResponse): Promise<void> {
  const { contextTokens, overflow } = host.options;
  let prompt = promptOf(host.model, request.messages);
  if (prompt.length >= contextTokens) {
    if (overflow === 'error') {
      refuse(response, prompt.length, contextTokens);
      return;
    }
    // As llama-server did: the end is kept, about half a window of it, so that an answer fits behind it.
    prompt = prompt.slice(-Math.floor(contextTokens / 2));
  }
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const taken = await host.slots.take(gone.signal);
  if (taken === null) return;
  const generation: Generation = {
    slot: taken.slot,
    promptTokens: prompt.length,
    startedAtMs: performance.now(),
    endedAtMs: null,
    tokens: 0,
    stop: null,
  };
  host.generations.push(generation);
  const writer = answerWriter(host.options.modelId, request, response);
  const completion = new LlamaCompletion({ contextSequence: taken.sequence, autoDisposeSequence: false });
  try {
    const { metadata } = await completion.generateCompletionWithMeta(prompt, {
      maxTokens: Math.min(request.max_tokens ?? contextTokens, contextTokens - prompt.length),
      temperature: request.temperature,
      seed: request.seed,
      signal: gone.signal,
      stopOnAbortSignal: true,
      onToken: (tokens) => (generation.tokens += tokens.length),
      onTextChunk: (text) => writer.text(text),
    });
    generation.stop = gone.signal.aborted ? 'abort' : metadata.stopReason === 'maxTokens' ? 'length' : 'stop';
  } finally {
    completion.dispose();
    generation.endedAtMs = performance.now();
    host.slots.giveBack(taken.slot);
  }
  if (generation.stop !== 'abort') writer.end(generation);
}

function refuse(response: ServerResponse, promptTokens: number, contextTokens: number): void {
  const error = {
    code: 400,
    type: 'exceed_context_size_error',
    message: `the request exceeds the available context size (${contextTokens} tokens), try increasing it`,
    n_prompt_tokens: promptTokens,
    n_ctx: contextTokens,
  };
  response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
}

/** ChatML, which the toy models' control tokens are made for. */
function promptOf(model: LlamaModel, messages: readonly ChatMessage[]): Token[] {
  const turns = messages.map(({ role, content }) => `<|im_start|>${role}\n${content}<|im_end|>\n`).join('');
  return model.tokenize(`${turns}<|im_start|>assistant\n`, true);
}

function answerWriter(model: string, { stream }: Chat, response: ServerResponse) {
  let whole = '';
  const event = (body: object) => {
    const chunk = { id: 'chatcmpl-toy', object: 'chat.completion.chunk', created: 0, model, ...body };
    response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  };
  const choice = (delta: object, finish_reason: string | null = null) => ({
    choices: [{ index: 0, delta, finish_reason }],
  });
  if (stream) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
  }
  return {
    text(content: string) {
      whole += content;
      if (stream) event(choice({ content }));
    },
    end({ stop, promptTokens, tokens }: Generation) {
      const counts = { prompt_tokens: promptTokens, completion_tokens: tokens };
      const usage = { ...counts, total_tokens: promptTokens + tokens };
      if (stream) {
        event(choice({}, stop));
        event({ choices: [], usage });
        response.end('data: [DONE]\n\n');
        return;
      }
      const message = { role: 'assistant', content: whole };
      const body = {
        object: 'chat.completion',
        model,
        choices: [{ index: 0, message, finish_reason: stop }],
      };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...body, usage }));
    },
  };
}

/** The engine's sequences as slots; who finds none free waits in line. */
class Slots {
  readonly #sequences: readonly LlamaContextSequence[];
  readonly #free: Set<number>;
  readonly #waiting: ((slot: number | null) => void)[] = [];

  constructor(context: LlamaContext, count: number) {
    this.#sequences = Array.from({ length: count }, () => context.getSequence());
    this.#free = new Set(this.#sequences.keys());
  }

  busy(): boolean[] {
    return this.#sequences.map((_, slot) => !this.#free.has(slot));
  }

  /** null: the caller left while it waited. */
  async take(gone: AbortSignal): Promise<{ slot: number; sequence: LlamaContextSequence } | null> {
    const [free] = this.#free;
    const slot = free ?? (await this.#wait(gone));
    if (slot === null) return null;
    this.#free.delete(slot);
    const sequence = this.#sequences[slot];
    return sequence === undefined ? null : { slot, sequence };
  }

  giveBack(slot: number): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.add(slot);
    else next(slot);
  }

  /** Resolves when no generation runs any more. */
  async drained(): Promise<void> {
    while (this.#free.size < this.#sequences.length) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  #wait(gone: AbortSignal): Promise<number | null> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      gone.addEventListener('abort', () => {
        const at = this.#waiting.indexOf(resolve);
        if (at >= 0) this.#waiting.splice(at, 1);
        resolve(null);
      });
    });
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
