/**
 * One request from its arrival to its end: the pipeline that all three formats share.
 *
 * Read the body with a bound, let the format read it, take one fault from the script, write the answer, play it.
 * A request that is wrong by itself gets the format's error body and takes no fault, so a script stays in step with
 * the requests it was written for.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { chunkAnswer, writeAnswer } from './answer/answer.ts';
import type { AnswerVoice } from './answer/answer.ts';
import type { BodyReading } from './body.ts';
import { readBody, readJson } from './body.ts';
import type { Controlled } from './control.ts';
import type { Fault } from './faults.ts';
import { control, controlPrefix, controlTokenHeader } from './control.ts';
import type { AnswerEnd, ChatMessage, ChatRequest, WireFormat, WireProblem } from './formats/format.ts';
import { estimateTokens } from './formats/format.ts';
import type { Stage } from './player.ts';
import { play } from './player.ts';
import type { MutableLogEntry } from './request-log.ts';
import { credentialOf } from './request-log.ts';
import type { Frames, Pace, Script, Step } from './steps.ts';
import { problem, stepsFor } from './steps.ts';

const maxControlBytes = 1024 * 1024;

/** What a server lends to each of its exchanges. */
export interface ExchangeHost extends Controlled {
  readonly format: WireFormat;
  readonly voice: AnswerVoice;
  readonly pace: Pace;
  /** How many times faster than labelled; 0: without any pause. */
  readonly speed: number;
  /** In place of the answer that is built from the context; for tests that need a text of known length. */
  readonly answer: ((messages: readonly ChatMessage[]) => string) | undefined;
  readonly nextOrdinal: () => number;
  readonly stopping: () => boolean;
  readonly stopServer: () => void;
}

/** Serves one request; rejects only on a mistake of ours. */
export async function serveExchange(
  host: ExchangeHost,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const method = request.method ?? 'GET';
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  response.setHeader('x-demo-server', host.id);
  if (path.startsWith(controlPrefix)) return serveControl(host, path, request, response);

  const entry = host.log.open(method, path, request.headers);
  const stage: Stage = {
    response,
    entry,
    gone: watchConnection(host, response, entry),
    stopServer: host.stopServer,
  };
  const body = await readBody(request);
  if (body.outcome === 'gone') return;
  await play(decide(host, request, entry, body), stage);
}

function decide(
  host: ExchangeHost,
  request: IncomingMessage,
  entry: MutableLogEntry,
  body: Exclude<BodyReading, { outcome: 'gone' }>,
): Iterable<Step> {
  const { format } = host;
  const refuse = (what: WireProblem): Iterable<Step> => problem(format, what);
  entry.requestBytes = body.outcome === 'read' ? body.bytes.length : body.seenBytes;
  if (body.outcome === 'too-large') return refuse({ reason: 'too-large' });
  const target = format.match(entry.method, entry.path);
  if (target === undefined) return refuse({ reason: 'unknown-path' });
  const json = readJson(body.bytes);
  if (!json.ok) return refuse({ reason: 'invalid-json' });

  if (target.kind === 'lookup') {
    const reply = target.reply(json.value);
    if (!reply.ok) return refuse(reply.problem);
    const fault = host.lookups.next({
      method: entry.method,
      path: entry.path,
      model: undefined,
      stream: false,
    });
    entry.fault = fault.kind;
    return stepsFor(fault, lookupScript(host, reply.body, reply.contentType ?? 'application/json', request));
  }

  const reading = format.readChat(json.value);
  return reading.ok ? decideAnswer(host, request, entry, reading.chat) : refuse(reading.problem);
}

function decideAnswer(
  host: ExchangeHost,
  request: IncomingMessage,
  entry: MutableLogEntry,
  chat: ChatRequest,
): Iterable<Step> {
  entry.model = chat.model.id;
  entry.stream = chat.stream;
  const fault = host.answers.next({
    method: entry.method,
    path: entry.path,
    model: chat.model.id,
    stream: chat.stream,
  });
  entry.fault = fault.kind;
  const cut = cutOf(chat, fault);
  if (cut !== null) return stepsFor(fault, scriptFor(host, cutTo(chat, cut), request));
  const tooLong = inputTokensOf(chat) > windowOf(chat);
  return stepsFor(
    tooLong && fault.kind === 'none' ? { kind: 'context-length' } : fault,
    scriptFor(host, chat, request),
  );
}

function windowOf({ window, model }: ChatRequest): number {
  return window ?? model.contextWindow;
}

/** Tokens of the prompt that are read when it is cut in silence; null: it is not. */
function cutOf(chat: ChatRequest, fault: Fault): number | null {
  if (fault.kind === 'cut-prompt') return fault.tokens;
  const isCut = chat.cutsSilently === true && inputTokensOf(chat) > windowOf(chat);
  return isCut ? windowOf(chat) : null;
}

function inputTokensOf({ messages }: ChatRequest): number {
  return estimateTokens(messages.reduce((sum, { text }) => sum + text.length, 0));
}

/** The end of the conversation, as servers cut it that say nothing of it. */
function cutTo(chat: ChatRequest, tokens: number): ChatRequest {
  let left = tokens * 4;
  const kept: ChatMessage[] = [];
  for (const message of [...chat.messages].reverse()) {
    if (left <= 0) break;
    const text = message.text.slice(-left);
    left -= text.length;
    kept.unshift({ ...message, text });
  }
  return { ...chat, messages: kept };
}

function scriptFor(host: ExchangeHost, chat: ChatRequest, request: IncomingMessage): Script {
  const { format } = host;
  const inputTokens = inputTokensOf(chat);
  const { text, reason } = answerFor(host, chat);
  const chunks = chunkAnswer(text);
  const end: AnswerEnd = { reason, usage: { inputTokens, outputTokens: estimateTokens(text.length) } };
  const writer = format.begin(chat, inputTokens, host.nextOrdinal(), { speed: host.speed });
  const withLoad = (pace: Pace): Pace => ({
    ...pace,
    firstChunkMs: pace.firstChunkMs + (writer.loadMs ?? 0),
  });
  const common = {
    format,
    end,
    credential: credentialOf(request.headers),
    inputTokens,
    contextWindow: windowOf(chat),
  };
  if (chat.stream) {
    return {
      ...common,
      streams: true,
      contentType: format.streamContentType,
      ping: writer.ping(),
      toolCall: writer.toolCall(),
      frames: (wishes = {}) => ({
        opening: writer.opening(),
        chunks: chunks.slice(0, wishes.keepChunks).map((chunk) => () => writer.chunk(chunk)),
        closing: () => writer.closing(wishes.end ?? end),
        pace: withLoad(wishes.pace ?? host.pace),
      }),
    };
  }
  return {
    ...common,
    streams: false,
    contentType: 'application/json',
    ping: ' ',
    toolCall: [],
    frames: (wishes = {}) => {
      const kept = chunks.slice(0, wishes.keepChunks);
      const { firstChunkMs, chunkMs } = withLoad(wishes.pace ?? host.pace);
      const pace = { firstChunkMs: firstChunkMs + Math.max(kept.length - 1, 0) * chunkMs, chunkMs: 0 };
      return inTwoPieces(() => writer.whole(kept.join(''), wishes.end ?? end), pace);
    },
  };
}

function answerFor(host: ExchangeHost, chat: ChatRequest): { text: string; reason: AnswerEnd['reason'] } {
  if (chat.messages.length === 0) return { text: '', reason: 'load' };
  const full =
    host.answer === undefined ? writeAnswer(chat.messages, host.voice) : host.answer(chat.messages);
  const limitTokens = Math.min(
    chat.maxOutputTokens ?? chat.model.maxOutputTokens,
    chat.model.maxOutputTokens,
  );
  const text = full.slice(0, limitTokens * 4);
  return { text, reason: text.length < full.length ? 'length' : 'stop' };
}

function lookupScript(
  { format }: ExchangeHost,
  body: string,
  contentType: string,
  request: IncomingMessage,
): Script {
  return {
    format,
    streams: false,
    contentType,
    ping: ' ',
    toolCall: [],
    frames: ({ pace } = {}) => inTwoPieces(() => body, pace ?? { firstChunkMs: 0, chunkMs: 0 }),
    end: { reason: 'stop', usage: undefined },
    credential: credentialOf(request.headers),
    inputTokens: 0,
    contextWindow: 0,
  };
}

/** The first half of a body counts as its one chunk, so that faults "after k chunks" can cut it in two. */
function inTwoPieces(write: () => string, pace: Pace): Frames {
  let written: string | undefined;
  const body = (): string => (written ??= write());
  const half = (): number => Math.ceil(body().length / 2);
  return { opening: '', chunks: [() => body().slice(0, half())], closing: () => body().slice(half()), pace };
}

/** Aborts when the connection closes, and writes down whose doing that was. */
function watchConnection(host: ExchangeHost, response: ServerResponse, entry: MutableLogEntry): AbortSignal {
  const gone = new AbortController();
  response.on('close', () => {
    entry.endedAtMs = Date.now();
    if (entry.end === 'open')
      entry.end = response.writableFinished ? 'answered' : host.stopping() ? 'stopped' : 'aborted';
    gone.abort();
  });
  // A write that fails because the client has gone is reported by 'close' as well.
  response.on('error', () => undefined);
  return gone.signal;
}

async function serveControl(
  host: ExchangeHost,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const reading = await readBody(request, maxControlBytes);
  if (reading.outcome === 'gone') return;
  const json = reading.outcome === 'read' ? readJson(reading.bytes) : undefined;
  const given = request.headers[controlTokenHeader];
  const reply = control(host, {
    method: request.method ?? 'GET',
    path,
    token: typeof given === 'string' ? given : undefined,
    body: json?.ok === true ? json.value : undefined,
  });
  response.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body));
}
