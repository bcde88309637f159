/**
 * Ollama's native `/api/chat`: one JSON object a line. A client of our own, because the packages for it lose what a
 * router lives on (docs/decisions/0004-provider-clients.md); with the shared transport it is this one file.
 */
import * as z from 'zod';
import { Answer } from '../answer.ts';
import { hasError, isHarmless } from '../chunk.ts';
import { parseJson } from '../error-body.ts';
import { failureFrom, failureOf } from '../errors.ts';
import { Transport } from '../http.ts';
import { readLines } from '../lines.ts';
import { networkFailure } from '../network.ts';
import { ProviderError } from '../provider.ts';
import type { Endpoint, GenerateEvent, GenerateRequest, Provider } from '../provider.ts';
import { usageOf } from '../usage.ts';
import { contextFor } from './context.ts';
import { createLoadReader } from './load.ts';
import { listModels } from './models.ts';

const chunkSchema = z.object({
  message: z
    .object({
      content: z.string().nullable().default(null),
      thinking: z.string().nullable().default(null).catch(null),
      tool_calls: z.array(z.unknown()).nullable().default(null).catch(null),
    })
    .nullish(),
  done: z.boolean().nullish(),
  done_reason: z.string().nullish(),
  prompt_eval_count: z.unknown().optional(),
  prompt_eval_cached_count: z.unknown().optional(),
  eval_count: z.unknown().optional(),
  load_duration: z.unknown().optional(),
});
type Chunk = z.infer<typeof chunkSchema>;

/** Ollama's native interface at `endpoint`; its address may also be given as that of its other interfaces. */
export function createOllamaProvider(endpoint: Endpoint): Provider {
  const transport = new Transport(
    { ...endpoint, baseUrl: endpoint.baseUrl.replace(/\/(?:api|v1)\/*$/, '') },
    { keyHeader: 'authorization', defaultPath: '', rules: {}, neverStreamed: null },
  );
  return {
    kind: 'ollama',
    generate: (request) => generate(transport, request),
    listModels: (signal) => listModels(transport, signal),
    load: createLoadReader(transport),
  };
}

async function* generate(transport: Transport, request: GenerateRequest): AsyncGenerator<GenerateEvent> {
  request.signal.throwIfAborted();
  const call = transport.open(request.signal);
  const answer = new Answer(transport.source);
  let hasToolCalls = false;
  try {
    const numCtx = await contextFor(transport, request);
    const response = await call.fetch(`${transport.baseUrl}/api/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(bodyOf(request, numCtx)),
    });
    yield { type: 'headers', headers: call.tap.takeHeaders() ?? {} };
    for await (const line of readLines(response.body)) {
      const chunk = chunkOf(line, transport);
      const event = eventOf(chunk, answer);
      if (event !== null) yield event;
      if (event?.type === 'toolCall') hasToolCalls = true;
      if (chunk.done !== true) continue;
      const usage = usageOf({
        input: chunk.prompt_eval_count,
        output: chunk.eval_count,
        cachedInput: chunk.prompt_eval_cached_count,
      });
      yield {
        ...answer.finish(hasToolCalls ? 'toolCalls' : finishReasonOf(chunk), usage),
        ...loadTime(chunk.load_duration),
        ...(numCtx !== null && { askedWindow: numCtx }),
      };
      return;
    }
    throw answer.brokeOff(call.tap.bytes);
  } catch (thrown) {
    request.signal.throwIfAborted();
    throw thrown instanceof ProviderError ? thrown : networkFailure(transport.source, thrown);
  } finally {
    call.close();
  }
}

/** What a line carries; null: nothing, as the last line mostly does. */
function eventOf({ message, done }: Chunk, answer: Answer): GenerateEvent | null {
  const { content, thinking, tool_calls: calls } = { ...silent, ...message };
  if (calls !== null && calls.length > 0) return { type: 'toolCall' };
  if (content !== null && content !== '') return answer.text(content);
  if (thinking !== null && thinking !== '') return { type: 'thinking' };
  return done === true ? null : { type: 'progress' };
}

const silent = { content: null, thinking: null, tool_calls: null };

function bodyOf(request: GenerateRequest, numCtx: number | null): object {
  return {
    model: request.modelId,
    messages: request.messages
      .filter(({ text }) => text !== '')
      .map(({ role, text }) => ({ role, content: text })),
    stream: true,
    // Ollama would silently cut the prompt to its window, and drop its beginning while writing; an error can be acted on.
    truncate: false,
    shift: false,
    options: {
      ...(request.maxOutputTokens === null ? {} : { num_predict: request.maxOutputTokens }),
      ...(numCtx === null ? {} : { num_ctx: numCtx }),
    },
  };
}

/** A line of unknown shape that holds no text says nothing. Throws for an error, and for a line that may have held text. */
function chunkOf(line: string, { source }: Transport): Chunk {
  const value = parseJson(line);
  if (value === undefined) throw failureOf(source, 'server', 'sent a line that is not JSON.', 200);
  if (hasError(value))
    throw failureFrom(source, { status: null, headers: {}, body: value, nowMs: Date.now() });
  const parsed = chunkSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  if (isHarmless(value)) return {};
  throw failureOf(source, 'server', 'sent a line of unknown shape.', 200);
}

/** Nanoseconds on the wire. */
function loadTime(duration: unknown): { readonly loadMs?: number } {
  const isTime = typeof duration === 'number' && duration >= 0 && duration <= 3.6e12;
  return isTime ? { loadMs: duration / 1e6 } : {};
}

function finishReasonOf({ done_reason: reason }: Chunk): 'stop' | 'length' | 'other' {
  if (reason === 'length') return 'length';
  return reason === 'stop' || reason === null || reason === undefined ? 'stop' : 'other';
}
