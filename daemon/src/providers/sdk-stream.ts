/**
 * Runs one call through a vendor's client library at its lowest level and turns its stream into our events. At this
 * level the libraries retry nothing. They fail in four ways, and all come out of here as one `ProviderError`: thrown
 * before the stream, as an `error` part, as an end without a finish, and thrown while reading (a cut socket, which
 * claims status 200).
 */
import { setImmediate } from 'node:timers/promises';
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import {
  APICallError,
  InvalidResponseDataError,
  JSONParseError,
  TypeValidationError,
} from '@ai-sdk/provider';
import type { FinishReason } from '@task-router/protocol';
import { Answer } from './answer.ts';
import { hasError, isHarmless } from './chunk.ts';
import type { FailureSource } from './errors.ts';
import { failureFrom, failureOf } from './errors.ts';
import type { Call, Transport } from './http.ts';
import { chainOf, isNetworkError, networkFailure } from './network.ts';
import type { GenerateEvent, GenerateRequest } from './provider.ts';
import { ProviderError } from './provider.ts';
import { toPrompt } from './prompt.ts';
import { usageOf } from './usage.ts';

export interface SdkModel {
  /** The library's model; it must make its calls with `fetch`. */
  readonly model: (fetch: typeof globalThis.fetch) => LanguageModelV4;
  /** See `toPrompt`. */
  readonly systemFirst: boolean;
  readonly options?: Pick<LanguageModelV4CallOptions, 'providerOptions'>;
}

/** How long the connection may take to end after the answer has, so that it can be used again. */
const drainMs = 100;

/** Streams one answer. Throws `ProviderError`, or the reason of an abort. */
export async function* streamThroughSdk(
  transport: Transport,
  request: GenerateRequest,
  sdk: SdkModel,
): AsyncGenerator<GenerateEvent> {
  request.signal.throwIfAborted();
  const call = transport.open(request.signal);
  const answer = new Answer(transport.source);
  const parts = new PartReader(() => start(call, request, sdk));
  try {
    for (;;) {
      const part = yield* nextPart(parts, call);
      if (part === null) throw answer.brokeOff(call.tap.bytes);
      const event = eventOf(part, answer, transport.source, call);
      if (event !== null) yield event;
      if (event?.type !== 'finish') continue;
      await parts.drain(drainMs);
      return;
    }
  } catch (thrown) {
    request.signal.throwIfAborted();
    throw providerErrorOf(thrown, transport.source);
  } finally {
    call.close();
  }
}

async function start(
  call: Call,
  request: GenerateRequest,
  { model, systemFirst, options }: SdkModel,
): Promise<ReadableStream<LanguageModelV4StreamPart>> {
  const { stream } = await model(call.fetch).doStream({
    prompt: toPrompt(request.messages, systemFirst),
    ...(request.maxOutputTokens === null ? {} : { maxOutputTokens: request.maxOutputTokens }),
    abortSignal: call.signal,
    ...options,
  });
  return stream;
}

/** Waits for the library's next part and tells of headers and signs of life meanwhile. null: the stream ended. */
async function* nextPart(
  parts: PartReader,
  call: Call,
): AsyncGenerator<GenerateEvent, LanguageModelV4StreamPart | null> {
  const next = parts.next();
  let isThere = false;
  const arrival = next.then(
    () => (isThere = true),
    () => (isThere = true),
  );
  for (;;) {
    await Promise.race([arrival, call.tap.nextSign()]);
    const headers = call.tap.takeHeaders();
    if (headers !== null) yield { type: 'headers', headers };
    // Bytes of a part come before the part: give it its turn before calling them a sign of life only.
    else if (!isThere) await setImmediate();
    if (isThere) break;
    if (headers === null) yield { type: 'progress' };
  }
  return next;
}

/** Reads parts of a stream that may not have begun yet. */
class PartReader {
  readonly #reader: Promise<ReadableStreamDefaultReader<LanguageModelV4StreamPart>>;

  constructor(begin: () => Promise<ReadableStream<LanguageModelV4StreamPart>>) {
    this.#reader = begin().then((stream) => stream.getReader());
    // Whoever awaits `next` gets the rejection; without this it would also count as unhandled.
    this.#reader.catch(() => undefined);
  }

  /** null: the stream ended. */
  async next(): Promise<LanguageModelV4StreamPart | null> {
    const { done, value } = await (await this.#reader).read();
    return done ? null : value;
  }

  /** Reads on to the end, not longer than `ms`. */
  async drain(ms: number): Promise<void> {
    const reader = await this.#reader;
    const ended = Promise.withResolvers<undefined>();
    const timer = setTimeout(ended.resolve, ms, undefined);
    try {
      for (;;) {
        const part = await Promise.race([reader.read().catch(() => undefined), ended.promise]);
        if (part === undefined || part.done) return;
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

/** null for what is no sign of life: the library's own first part. */
function eventOf(
  part: LanguageModelV4StreamPart,
  answer: Answer,
  source: FailureSource,
  call: Call,
): GenerateEvent | null {
  switch (part.type) {
    case 'stream-start':
      return null;
    case 'text-delta':
      return answer.text(part.delta);
    case 'reasoning-delta':
      return { type: 'thinking' };
    case 'tool-input-start':
    case 'tool-call':
      return { type: 'toolCall' };
    case 'error':
      if (isUnfinished(part.error)) throw answer.brokeOff(call.tap.bytes);
      return unlessHarmless(part.error, source);
    case 'finish': {
      const reason = finishReasonOf(part.finishReason.unified);
      if (reason === null) throw answer.brokeOff(call.tap.bytes);
      const { inputTokens, outputTokens } = part.usage;
      return answer.finish(
        reason,
        usageOf({
          input: inputTokens.total,
          output: outputTokens.total,
          cachedInput: inputTokens.cacheRead,
          reasoning: outputTokens.reasoning,
          raw: part.usage.raw,
        }),
      );
    }
    default:
      return { type: 'progress' };
  }
}

/** null: the stream ended without its end marker. */
function finishReasonOf(unified: string): FinishReason | null {
  switch (unified) {
    case 'stop':
    case 'length':
      return unified;
    case 'content-filter':
      return 'contentFilter';
    case 'tool-calls':
      return 'toolCalls';
    case 'error':
    case 'interrupted':
      return null;
    default:
      return 'other';
  }
}

function isUnfinished(error: unknown): boolean {
  return InvalidResponseDataError.isInstance(error) && error.message.includes('without a finish reason');
}

/** A chunk of unknown shape is passed over when nothing is lost with it; any other error ends the call. */
function unlessHarmless(error: unknown, source: FailureSource): GenerateEvent {
  if (TypeValidationError.isInstance(error) && isHarmless(error.value)) return { type: 'progress' };
  throw errorInStream(error, source);
}

function errorInStream(error: unknown, source: FailureSource): ProviderError {
  if (JSONParseError.isInstance(error))
    return failureOf(source, 'server', 'sent a chunk that is not JSON.', 200);
  if (TypeValidationError.isInstance(error) && !hasError(error.value)) {
    return failureOf(source, 'server', 'sent a chunk of unknown shape.', 200);
  }
  const body = TypeValidationError.isInstance(error) ? error.value : dataOf(error);
  return failureFrom(source, { status: null, headers: {}, body, nowMs: Date.now() });
}

/** The event as it came: OpenAI's and Google's clients wrap it. */
function dataOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'data' in error && error.data !== undefined
    ? error.data
    : error;
}

function providerErrorOf(thrown: unknown, source: FailureSource): ProviderError {
  const own = chainOf(thrown).find((each) => each instanceof ProviderError);
  if (own !== undefined) return own;
  if (isNetworkError(thrown)) return networkFailure(source, thrown);
  // An error event before any output is thrown with a status that the library made up.
  if (APICallError.isInstance(thrown) && thrown.responseBody !== undefined) {
    return failureFrom(source, { status: null, headers: {}, body: thrown.responseBody, nowMs: Date.now() });
  }
  return failureOf(source, 'server', 'sent an answer that could not be read.', 200);
}
