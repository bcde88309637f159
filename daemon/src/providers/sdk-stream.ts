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
import type { FailureSource } from './errors/errors.ts';
import { failureFrom, failureOf } from './errors/errors.ts';
import type { Call, Transport } from './transport/http.ts';
import { chainOf, isNetworkError, networkFailure } from './transport/network.ts';
import type { GenerateEvent, GenerateRequest } from './provider.ts';
import { ProviderError } from './provider.ts';
import { toPrompt } from './prompt.ts';
import { ToolCallOrder } from './tool-call-order.ts';
import { usageOf } from './usage.ts';

export interface SdkModel {
  /** The library's model; it must make its calls with `fetch`. Resolves once the library is loaded. */
  readonly model: (fetch: typeof globalThis.fetch) => Promise<LanguageModelV4>;
  /** See `toPrompt`. */
  readonly systemFirst: boolean;
  readonly options?: LanguageModelV4CallOptions['providerOptions'];
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
  const reader = new AnswerReader(transport.source, call, request.emptyEnds);
  const parts = new PartReader(() => start(call, request, sdk));
  try {
    for (;;) {
      const part = yield* nextPart(parts, call);
      if (part === null) throw reader.brokeOff();
      yield* reader.eventsOf(part);
      if (part.type !== 'finish') continue;
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
  const { prompt, providerOptions, ...settings } = request.call;
  const library = await model(call.fetch);
  const { stream } = await library.doStream({
    ...settings,
    prompt: toPrompt(prompt, systemFirst),
    ...(request.maxOutputTokens === null ? {} : { maxOutputTokens: request.maxOutputTokens }),
    abortSignal: call.signal,
    ...withOptions(providerOptions, options),
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

/** What the caller told the vendor, and what we must; ours wins. */
function withOptions(
  own: SdkModel['options'],
  ours: SdkModel['options'],
): Pick<LanguageModelV4CallOptions, 'providerOptions'> {
  if (own === undefined || ours === undefined) {
    const only = own ?? ours;
    return only === undefined ? {} : { providerOptions: only };
  }
  const both = { ...own };
  for (const [vendor, options] of Object.entries(ours)) both[vendor] = { ...own[vendor], ...options };
  return { providerOptions: both };
}

const progress: GenerateEvent = { type: 'progress' };

type ToolPart = Extract<
  LanguageModelV4StreamPart,
  { type: 'tool-input-start' | 'tool-input-delta' | 'tool-call' }
>;

/** From the library's parts to our events. */
class AnswerReader {
  readonly #source: FailureSource;
  readonly #call: Call;
  readonly #answer: Answer;
  readonly #tools = new ToolCallOrder();
  /** Ends of calls that came with the end of the body: a library ends what is open, whether it is whole or not. */
  #late: ToolPart[] = [];

  constructor(source: FailureSource, call: Call, emptyEnds: GenerateRequest['emptyEnds']) {
    this.#source = source;
    this.#call = call;
    this.#answer = new Answer(source, emptyEnds);
  }

  /** Throws for an error in the stream, and for an end that is none. */
  eventsOf(part: LanguageModelV4StreamPart): readonly GenerateEvent[] {
    switch (part.type) {
      // No sign of life: the library's own first part.
      case 'stream-start':
        return [];
      case 'text-delta':
        return [this.#answer.text(part.delta)];
      case 'reasoning-start':
      case 'reasoning-delta':
      case 'reasoning-end':
        return [this.#thinking(part)];
      case 'tool-input-start':
      case 'tool-input-delta':
      case 'tool-call':
        return this.#toolCall(part);
      case 'error':
        if (isUnfinished(part.error)) throw this.brokeOff();
        return [unlessHarmless(part.error, this.#source)];
      case 'finish':
        return this.#finish(part);
      default:
        return [progress];
    }
  }

  brokeOff(): Error {
    const { broken, bytes } = this.#call.tap;
    return broken === null ? this.#answer.brokeOff(bytes) : networkFailure(this.#source, broken);
  }

  #thinking(part: Extract<LanguageModelV4StreamPart, { type: `reasoning-${string}` }>): GenerateEvent {
    const text = part.type === 'reasoning-delta' ? part.delta : '';
    const metadata = 'providerMetadata' in part ? part.providerMetadata : undefined;
    return text === '' && metadata === undefined ? progress : this.#answer.thinking(text, metadata);
  }

  #toolCall(part: ToolPart): readonly GenerateEvent[] {
    // A tool that the server carries out by itself is no call for anybody here.
    if ('providerExecuted' in part && part.providerExecuted) return [progress];
    if (part.type === 'tool-call' && this.#call.tap.hasEnded) {
      this.#late.push(part);
      return [progress];
    }
    const parts = this.#answer.tools(this.#toolParts(part));
    return parts.length === 0 ? [progress] : parts;
  }

  #toolParts(part: ToolPart) {
    switch (part.type) {
      case 'tool-input-start':
        return this.#tools.start(part.id, part.toolName, part.providerMetadata);
      case 'tool-input-delta':
        return this.#tools.delta(part.id, part.delta);
      case 'tool-call':
        return this.#tools.whole(part.toolCallId, part.toolName, part.input);
    }
  }

  #finish(part: Extract<LanguageModelV4StreamPart, { type: 'finish' }>): readonly GenerateEvent[] {
    const reason = finishReasonOf(part.finishReason.unified);
    // Where the connection broke, only the server's own word is an end.
    const isSaid = this.#call.tap.broken === null || part.finishReason.raw !== undefined;
    if (reason === null || !isSaid) throw this.brokeOff();
    const { inputTokens, outputTokens } = part.usage;
    const usage = usageOf({
      input: inputTokens.total,
      output: outputTokens.total,
      cachedInput: inputTokens.cacheRead,
      reasoning: outputTokens.reasoning,
      raw: part.usage.raw,
    });
    const late = this.#late.flatMap((each) => this.#toolParts(each));
    const rest = this.#answer.tools([...late, ...this.#tools.finish()]);
    return [...rest, this.#answer.finish(reason, usage)];
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
