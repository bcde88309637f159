/**
 * Turns one fault and one answer into the steps a server takes: the whole behaviour of a misbehaving server as data.
 *
 * A generator, so that nothing is computed before its time (durations in a last event) and an endless answer needs
 * no memory. It never touches a socket; `player.ts` does that.
 */
import type { Fault, RateLimit, RetryAfter } from './faults.ts';
import type { AnswerEnd, Usage, WireFormat, WireProblem } from './formats/format.ts';

/** One thing a server does. `counts` marks a send that carries answer text. */
export type Step =
  | { readonly do: 'head'; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  | { readonly do: 'send'; readonly data: string | Uint8Array; readonly counts: boolean }
  | { readonly do: 'pause'; readonly ms: number }
  | { readonly do: 'hold'; readonly ping?: { readonly everyMs: number; readonly data: string } }
  | { readonly do: 'end' }
  | { readonly do: 'drop'; readonly how: 'close' | 'reset' }
  | { readonly do: 'stop-server' };

/** Pauses before the first chunk and before each later one, in ms. */
export interface Pace {
  readonly firstChunkMs: number;
  readonly chunkMs: number;
}

/** An answer cut into frames. Each is written when its turn comes, so that times in it are true. */
export interface Frames {
  readonly opening: string;
  readonly chunks: readonly (() => string)[];
  readonly closing: () => string;
  readonly pace: Pace;
}

/** What a fault may ask of the frames: another ending, only the first chunks, another pace. */
export interface FrameWishes {
  readonly end?: AnswerEnd;
  readonly keepChunks?: number;
  readonly pace?: Pace;
}

/** What is to be said, as the wire says it. */
export interface Script {
  readonly format: WireFormat;
  readonly streams: boolean;
  readonly contentType: string;
  readonly frames: (wishes?: FrameWishes) => Frames;
  readonly end: AnswerEnd;
  readonly ping: string;
  /** A tool call in pieces; none where nothing is streamed. */
  readonly toolCall: readonly string[];
  /** The credential of the request, for the fault that echoes it. */
  readonly credential: string;
  readonly inputTokens: number;
  readonly contextWindow: number;
}

/** Everything the server does for this request. */
export function stepsFor(fault: Fault, script: Script): Iterable<Step> {
  const play: (fault: never, script: Script) => Iterable<Step> = playbook[fault.kind];
  // The table is typed kind by kind; that a fault meets the entry of its own kind is what the line above does.
  return play(fault as never, script);
}

/** What each fault does, kind by kind; a kind without an entry does not compile. */
const playbook: {
  readonly [Kind in Fault['kind']]: (fault: Extract<Fault, { kind: Kind }>, script: Script) => Iterable<Step>;
} = {
  *none({ rateLimit }, script) {
    yield head(script, limitHeaders(script.format, rateLimit));
    yield* answer(script.frames());
  },

  // No answer at all.
  refuse: () => [{ do: 'drop', how: 'close' }],
  hang: () => [{ do: 'hold' }],
  status: ({ status, retryAfter, rateLimit }, { format }) =>
    problem(
      format,
      { reason: 'status', status },
      { ...retryHeaders(retryAfter), ...limitHeaders(format, rateLimit) },
    ),
  'context-length': (_fault, { format, inputTokens, contextWindow }) =>
    // A truthful number where the prompt really is too long, else one token over.
    problem(format, {
      reason: 'context-length',
      inputTokens: Math.max(inputTokens, contextWindow + 1),
      contextWindow,
    }),
  'content-policy': (_fault, { format }) => problem(format, { reason: 'content-policy' }),
  'quota-exhausted': (_fault, { format }) => problem(format, { reason: 'quota-exhausted' }),
  'echo-key': ({ status }, { format, credential }) =>
    problem(format, { reason: 'echo', status, key: credential }),
  html: ({ status }) => [
    { do: 'head', status, headers: { 'content-type': 'text/html; charset=utf-8' } },
    send(
      `<!doctype html><title>Demo gateway</title><h1>${status}</h1><p>A page, not an API (demo server).</p>\n`,
    ),
    { do: 'end' },
  ],
  redirect: ({ status, location }) => [
    { do: 'head', status, headers: { location, 'content-length': '0' } },
    { do: 'end' },
  ],

  // An answer that goes wrong.
  silence: (_fault, script) => [head(script), { do: 'hold' }],
  *empty({ body }, script) {
    yield head(script);
    if (body === 'nothing') yield { do: 'end' };
    else yield* answer(script.frames({ keepChunks: 0, end: emptied(script.end) }));
  },
  *'error-event'({ error, afterChunks, opened }, script) {
    const what: WireProblem = { reason: 'status', status: error };
    if (!script.streams) return yield* problem(script.format, what);
    yield head(script);
    if (opened || afterChunks > 0) yield* beginning(script.frames(), afterChunks);
    yield send(script.format.errorEvent(what));
    yield { do: 'end' };
  },
  *die({ afterChunks, how }, script) {
    yield head(script);
    yield* beginning(script.frames(), afterChunks);
    yield { do: 'drop', how };
  },
  *stop({ afterChunks }, script) {
    if (afterChunks > 0) {
      yield head(script);
      yield* beginning(script.frames(), afterChunks);
    }
    yield { do: 'stop-server' };
  },
  *truncate({ afterChunks }, script) {
    yield head(script);
    yield* beginning(script.frames(), afterChunks);
    yield { do: 'end' };
  },
  *stall({ afterChunks, pingEveryMs }, script) {
    yield head(script);
    yield* beginning(script.frames(), afterChunks);
    if (pingEveryMs === undefined) yield { do: 'hold' };
    else yield { do: 'hold', ping: { everyMs: pingEveryMs, data: script.ping } };
  },
  *malformed({ afterChunks }, script) {
    yield head(script);
    yield* beginning(script.frames(), afterChunks);
    yield send(script.format.malformedEvent());
    yield { do: 'end' };
  },
  *endless(_fault, script) {
    yield head(script);
    yield* endless(script.frames());
  },

  *'tool-call'({ afterChunks, how }, script) {
    const frames = script.frames({ keepChunks: afterChunks, end: { ...script.end, reason: 'tool-calls' } });
    yield head(script);
    if (script.toolCall.length === 0) return yield* answer(script.frames());
    yield* beginning(frames, afterChunks);
    const isWhole = how === 'complete';
    for (const piece of isWhole ? script.toolCall : script.toolCall.slice(0, 2)) yield send(piece);
    if (how === 'stall') return yield { do: 'hold' };
    if (how === 'close') return yield { do: 'drop', how };
    if (isWhole) yield send(frames.closing());
    yield { do: 'end' };
  },

  // A complete answer with something wrong in it.
  *'slow-close'(_fault, script) {
    yield head(script);
    for (const step of answer(script.frames())) yield step.do === 'end' ? { do: 'hold' } : step;
  },
  *refusal({ afterChunks }, script) {
    yield head(script);
    yield* answer(script.frames({ keepChunks: afterChunks, end: { ...script.end, reason: 'refusal' } }));
  },
  *'duplicate-chunk'({ at }, script) {
    yield head(script);
    yield* answer(script.frames(), script.streams ? { duplicateAt: at } : {});
  },
  *'wrong-usage'({ usage }, script) {
    yield head(script);
    yield* answer(script.frames({ end: { ...script.end, usage: wrongUsage(usage) } }));
  },
  // The prompt is cut before the answer is written (`cutTo` in exchange.ts); nothing of it is seen in the answer's form.
  *'cut-prompt'(_fault, script) {
    yield head(script);
    yield* answer(script.frames());
  },
  *slow(pace, script) {
    yield head(script);
    yield* answer(script.frames({ pace }));
  },
  *slice({ bytes }, script) {
    yield head(script);
    yield* answer(script.frames(), { sliceBytes: bytes });
  },
};

/** An error body as every refusal sends it; also used for requests that are wrong by themselves. */
export function* problem(
  format: WireFormat,
  what: WireProblem,
  headers: Readonly<Record<string, string>> = {},
): Generator<Step, void, undefined> {
  const { status, body } = format.problem(what);
  yield { do: 'head', status, headers: { 'content-type': 'application/json', ...headers } };
  yield send(body);
  yield { do: 'end' };
}

function head({ contentType }: Script, headers: Readonly<Record<string, string>> = {}): Step {
  return {
    do: 'head',
    status: 200,
    headers: { 'content-type': contentType, 'cache-control': 'no-cache', ...headers },
  };
}

function* answer(
  frames: Frames,
  how: { duplicateAt?: number; sliceBytes?: number } = {},
): Generator<Step, void, undefined> {
  const cut = (data: string, counts: boolean): Step[] =>
    how.sliceBytes === undefined ? [send(data, counts)] : slices(data, how.sliceBytes, counts);
  if (frames.opening !== '') yield* cut(frames.opening, false);
  for (const [index, chunk] of frames.chunks.entries()) {
    yield pauseBefore(frames, index);
    const data = chunk();
    yield* cut(data, true);
    if (index === how.duplicateAt) yield* cut(data, true);
  }
  yield* cut(frames.closing(), false);
  yield { do: 'end' };
}

/** The opening and the first `count` chunks. */
function* beginning(frames: Frames, count: number): Generator<Step, void, undefined> {
  if (frames.opening !== '') yield send(frames.opening);
  for (const [index, chunk] of frames.chunks.slice(0, count).entries()) {
    yield pauseBefore(frames, index);
    yield send(chunk(), true);
  }
}

/** The same chunks again and again, until the client leaves. An answer without any just holds. */
function* endless(frames: Frames): Generator<Step, void, undefined> {
  if (frames.opening !== '') yield send(frames.opening);
  while (frames.chunks.length > 0) {
    for (const [index, chunk] of frames.chunks.entries()) {
      yield pauseBefore(frames, index);
      yield send(chunk(), true);
    }
  }
  yield { do: 'hold' };
}

function pauseBefore({ pace }: Frames, index: number): Step {
  return { do: 'pause', ms: index === 0 ? pace.firstChunkMs : pace.chunkMs };
}

function send(data: string | Uint8Array, counts = false): Step {
  return { do: 'send', data, counts };
}

/** Pieces of bytes, so that events and UTF-8 characters are split; only the last one counts. */
function slices(data: string, size: number, counts: boolean): Step[] {
  const bytes = Buffer.from(data);
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, index) =>
    send(bytes.subarray(index * size, (index + 1) * size), counts && index === count - 1),
  );
}

function emptied(end: AnswerEnd): AnswerEnd {
  return end.usage === undefined ? end : { ...end, usage: { ...end.usage, outputTokens: 0 } };
}

function wrongUsage(usage: 'huge' | 'zero' | 'negative' | 'absent'): Usage | undefined {
  switch (usage) {
    case 'huge':
      return { inputTokens: 2 ** 40, outputTokens: 2 ** 40 };
    case 'zero':
      return { inputTokens: 0, outputTokens: 0 };
    case 'negative':
      return { inputTokens: -1, outputTokens: -1 };
    case 'absent':
      return undefined;
  }
}

function retryHeaders(retryAfter: RetryAfter | undefined): Record<string, string> {
  if (retryAfter === undefined) return {};
  if ('raw' in retryAfter) return { 'retry-after': retryAfter.raw };
  if ('seconds' in retryAfter) return { 'retry-after': String(retryAfter.seconds) };
  return { 'retry-after': new Date(Date.now() + retryAfter.dateInSeconds * 1000).toUTCString() };
}

function limitHeaders(format: WireFormat, limit: RateLimit | undefined): Readonly<Record<string, string>> {
  return limit === undefined ? {} : format.rateLimitHeaders(limit);
}
