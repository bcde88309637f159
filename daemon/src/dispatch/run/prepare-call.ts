/**
 * The call of an attempt, made ready for its route. Where another tool speaks the format that the route's server takes, its
 * own bytes pass through; every other call is made through the provider's client, fit for the target.
 */
import type { AnswerPart, ModelCall } from '../../providers/model-call.ts';
import { passesUnchanged, portable } from '../../providers/portable-call.ts';
import type { PortableCall } from '../../providers/portable-call.ts';
import type { ForwardRequest, Forwarding, PassedPiece, Provider } from '../../providers/provider.ts';
import { runAttempt } from './attempt.ts';
import type { AttemptRequest } from './attempt.ts';
import type { AttemptEnd } from './attempt-end.ts';
import type { RouteHandle } from '../decide/facts.ts';
import { runForwardAttempt } from './forward-attempt.ts';
import type { PassTarget } from './forward-attempt.ts';
import type { OutsideAnswer } from '../outside/outside-answer.ts';
import { lowest } from '../resources/call-request.ts';
import { continuationFor } from '../stream/continuation.ts';
import { looksWhole } from '../stream/looks-whole.ts';
import { holdBackGate, seamGate } from '../stream/hold-back.ts';
import type { ShownAnswer } from './shown-answer.ts';
import type { TaskRun } from './task-run-deps.ts';

/** Where the answer goes, and from where on it is wanted. */
export interface AnswerOrder {
  readonly answer: ShownAnswer;
  /** Go on from what is shown, instead of answering from the start. */
  readonly continuesText: boolean;
  /** The model started over although it was to go on: the text shown is void from here on. False: it can't be. */
  onStartOver(): boolean;
}

export interface CallOrder {
  readonly handle: RouteHandle;
  readonly client: Provider;
  readonly order: AnswerOrder;
  /** A limit of ours on the answer, in tokens; null: none. */
  readonly cap: number | null;
  /** Told of everything that the model wrote. */
  readonly wrote: (chars: number) => void;
}

export interface PreparedCall {
  /** What the server will be asked. */
  readonly call: ModelCall;
  /** Makes the call, once. Never rejects. */
  make(
    at: Pick<AttemptRequest, 'timeouts' | 'signal' | 'clock'> & {
      readonly windows: Pick<AttemptRequest, 'readsAtMost' | 'loadedWindow'>;
    },
  ): Promise<AttemptEnd>;
}

export function prepareCall(run: TaskRun, asked: CallOrder): PreparedCall {
  const { handle, cap } = asked;
  const limit = lowest(cap, maxOutputTokens(handle, run.maxOutputTokens));
  return passingCall(run, asked, limit) ?? translatedCall(run, asked, limit);
}

/** null: the bytes can't pass, because they are of another format, of another vendor in part, or not all that is to be said. */
function passingCall(
  run: TaskRun,
  { handle: { node, model }, client: { forward }, order, cap, wrote }: CallOrder,
  limit: number | null,
): PreparedCall | null {
  const { outside, call } = run;
  const { modelId } = model;
  if (outside === null || forward === undefined || order.continuesText) return null;
  const { raw, streams, untranslatable } = outside.call;
  // What can't be translated passes with the limit that it came with, and the server has its own word on that.
  const addedMaxTokens = raw.format === 'anthropic-messages' && run.maxOutputTokens === null ? limit : null;
  const hasLimit =
    limit === run.maxOutputTokens || addedMaxTokens !== null || (cap === null && untranslatable.length > 0);
  const isTheirs = forward.formatFor(modelId) === raw.format && hasLimit;
  if (!isTheirs || !passesUnchanged(call, { provider: node.provider, modelId })) return null;
  const request = { ...raw, modelId, streams, addedMaxTokens };
  return new PassingCall(call, request, { forward, answer: outside.answer, wrote });
}

/** One object for the call and for where its bytes go: a closure for each of them is what every call would pay for. */
class PassingCall implements PreparedCall, PassTarget {
  readonly call: ModelCall;
  readonly #request: ForwardRequest;
  readonly #forward: Forwarding;
  readonly #answer: OutsideAnswer;
  readonly #wrote: CallOrder['wrote'];

  constructor(
    call: ModelCall,
    request: ForwardRequest,
    to: {
      readonly forward: Forwarding;
      readonly answer: OutsideAnswer;
      readonly wrote: CallOrder['wrote'];
    },
  ) {
    this.call = call;
    this.#request = request;
    this.#forward = to.forward;
    this.#answer = to.answer;
    this.#wrote = to.wrote;
  }

  make({ timeouts, signal, clock }: Parameters<PreparedCall['make']>[0]): Promise<AttemptEnd> {
    const forwarding = this.#forward;
    return runForwardAttempt({ timeouts, signal, clock, forwarding, request: this.#request, target: this });
  }

  pass({ bytes, events, text, chars }: PassedPiece): void {
    this.#wrote(chars);
    this.#answer.pass(bytes, events, text);
  }

  endPassed(): void {
    this.#answer.endPassed();
  }

  slowdown(): Promise<void> | null {
    return this.#answer.slowdown();
  }
}

function translatedCall(
  run: TaskRun,
  { handle, client, order, wrote }: CallOrder,
  maxOutputTokens: number | null,
): PreparedCall {
  const { call, gate, emptyEnds } = requestFor(run, handle, order, wrote);
  return {
    call,
    make: ({ windows, ...at }) =>
      runAttempt({
        ...{ provider: client, modelId: handle.model.modelId, call, gate, emptyEnds, maxOutputTokens },
        slowdown: () => order.answer.slowdown(),
        ...windows,
        ...at,
      }),
  };
}

function requestFor(
  run: TaskRun,
  { node, model }: RouteHandle,
  order: AnswerOrder,
  wrote: (chars: number) => void,
): Pick<AttemptRequest, 'call' | 'gate' | 'emptyEnds'> {
  const { answer, continuesText } = order;
  const target = { provider: node.provider, modelId: model.modelId };
  const fit = run.outside === null ? asItIs : (call: ModelCall) => portable(call, target);
  const gone = continuesText && answer.text !== null ? continuationFor(target, run.call, answer.text) : null;
  const { call, renamedTools } = fit(gone?.call ?? run.call);
  const show = (part: AnswerPart): void => {
    wrote(charsOfPart(part));
    answer.show(part.type === 'toolStart' ? withOwnName(part, renamedTools) : part);
  };
  if (gone === null) return { call, gate: holdBackGate(show), emptyEnds: emptyEndsOf(run) };
  const gate = seamGate(gone.check, show, () => order.onStartOver());
  return { call, gate, emptyEnds: looksWhole(answer.text ?? '') ? ['stop'] : [] };
}

/** Whoever sets the limit knows that thinking counts, and gets what comes of it. */
function emptyEndsOf({ outside, maxOutputTokens: limit }: TaskRun): AttemptRequest['emptyEnds'] {
  return outside !== null || limit !== null ? ['length'] : [];
}

/** Tasks of ours name nothing that any target minds. */
function asItIs(call: ModelCall): PortableCall {
  return { call, renamedTools: new Map() };
}

/** The tool's name as the client gave it, where it had to be another for the target. */
function withOwnName<Part extends { readonly name: string }>(
  part: Part,
  renamed: ReadonlyMap<string, string>,
): Part {
  return { ...part, name: renamed.get(part.name) ?? part.name };
}
function charsOfPart(part: AnswerPart): number {
  if (part.type === 'toolDelta') return part.json.length;
  return 'text' in part ? part.text.length : 0;
}

/** Of a model of which nothing is known: what the client library names for those. */
const commonMaxOutputTokens = 4_096;

/**
 * The caller's limit, within what the model may write. Anthropic's wire demands one, so without any the model's own is
 * named; elsewhere the server's default stands.
 */
function maxOutputTokens({ node, model }: RouteHandle, asked: number | null): number | null {
  if (asked !== null) return lowest(asked, model.maxOutputTokens);
  return node.provider === 'anthropic' ? (model.maxOutputTokens ?? commonMaxOutputTokens) : null;
}
