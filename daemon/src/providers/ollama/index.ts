/**
 * Ollama's native `/api/chat`: one JSON object a line. A client of our own, because the packages for it lose what a
 * router lives on (docs/decisions/0004-provider-clients.md); with the shared transport it is this one file.
 */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { Answer } from '../answer.ts';
import { hasError, isHarmless } from '../chunk.ts';
import { parseJson } from '../errors/error-body.ts';
import { failureFrom, failureOf } from '../errors/errors.ts';
import { Transport } from '../transport/http.ts';
import { readLines } from './lines.ts';
import { networkFailure } from '../transport/network.ts';
import { ProviderError } from '../provider.ts';
import type { AnswerPart } from '../model-call.ts';
import type { Endpoint, GenerateEvent, GenerateRequest, Provider } from '../provider.ts';
import { usageOf } from '../usage.ts';
import { UntoldFile, bodyOf } from './body.ts';
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

const toolCallSchema = z.object({
  id: z.string().min(1).max(200).optional().catch(undefined),
  function: z.object({ name: z.string().min(1), arguments: z.unknown().optional() }),
});

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
  const answer = new Answer(transport.source, request.emptyEnds);
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
      const events = eventsOf(chunk, answer, transport);
      yield* events;
      hasToolCalls ||= events.some(({ type }) => type === 'toolStart');
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
    throw call.tap.broken === null
      ? answer.brokeOff(call.tap.bytes)
      : networkFailure(transport.source, call.tap.broken);
  } catch (thrown) {
    request.signal.throwIfAborted();
    if (thrown instanceof UntoldFile)
      throw failureOf(transport.source, 'badRequest', 'takes files only as images that are sent along.');
    throw thrown instanceof ProviderError ? thrown : networkFailure(transport.source, thrown);
  } finally {
    call.close();
  }
}

/** What a line carries: nothing, as the last line mostly does, or any of the three. */
function eventsOf({ message, done }: Chunk, answer: Answer, transport: Transport): readonly GenerateEvent[] {
  const { content, thinking, tool_calls: calls } = { ...silent, ...message };
  const events: GenerateEvent[] = [];
  if (thinking !== null && thinking !== '') events.push(answer.thinking(thinking));
  if (content !== null && content !== '') events.push(answer.text(content));
  for (const call of calls ?? []) events.push(...answer.tools(toolParts(call, transport)));
  return events.length > 0 || done === true ? events : [{ type: 'progress' }];
}

/** Each call comes whole, from most versions without an id. */
function toolParts(call: unknown, { source }: Transport): readonly AnswerPart[] {
  const parsed = toolCallSchema.safeParse(call);
  if (!parsed.success) throw failureOf(source, 'server', 'sent a tool call of unknown shape.', 200);
  const { name, arguments: given = {} } = parsed.data.function;
  const id = parsed.data.id ?? `call_${randomUUID().replaceAll('-', '')}`;
  const json = typeof given === 'string' ? given : JSON.stringify(given);
  return [
    { type: 'toolStart', id, name },
    { type: 'toolDelta', id, json },
    { type: 'toolEnd', id },
  ];
}

const silent = { content: null, thinking: null, tool_calls: null };

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
