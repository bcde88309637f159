/**
 * A call of another tool (Cline, aider, a script) as the endpoint hands it to dispatch, and what dispatch gives back. The
 * endpoint knows HTTP and the wire formats and nothing of routing; dispatch knows routing and nothing of HTTP.
 */
import type { FailureKind, FinishReason, Outcome, PolicyLayer } from '@task-router/protocol';
import type { AnswerPart, ModelCall, WireFormat } from '../../providers/model-call.ts';
import type { Usage } from '../../providers/provider.ts';

export interface OutsideCall {
  /** As the tool named it: `auto`, `auto-fast`, `auto-best`, `auto-local`, or a route. */
  readonly model: string;
  readonly call: ModelCall;
  readonly maxOutputTokens: number | null;
  readonly streams: boolean;
  /**
   * Fields of the request, by name, that `call` can't carry and whose loss would change the answer (`logprobs`,
   * `tools.web_search_20250305`). A call with any is fit only for routes to which `raw` is passed on as it is.
   */
  readonly untranslatable: readonly string[];
  readonly wishes: AnswerWishes;
  readonly raw: RawCall;
  readonly tool: OutsideTool;
}

/** What the client wants to see of an answer that is written for it; a passed one shows what its provider shows. */
export interface AnswerWishes {
  /** Usage at the end of a stream. */
  readonly usage: boolean;
  /** What the model thinks before it answers. */
  readonly thinking: boolean;
}

/** The request as it came, for a route that speaks the same format. */
export interface RawCall {
  readonly format: WireFormat;
  readonly body: Buffer;
  /** Where the value of the top-level `model` stands in `body`, with its quotes: [from, to). */
  readonly modelAt: readonly [from: number, to: number];
  /** Headers of the format that belong to the request (`anthropic-version`, `anthropic-beta`), lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Who asks: a key of the endpoint. */
export interface OutsideTool {
  readonly keyId: string;
  readonly name: string;
  /** What this key may use; it can only tighten the developer's own policy. */
  readonly policy: PolicyLayer['policy'] | null;
  /** US dollars a day; null: no limit of its own. */
  readonly dailyBudgetUsd: number | null;
}

/** Known as soon as a route has begun to answer: for the response's headers. */
export interface OutsideHead {
  readonly taskId: string;
  readonly decisionId: string;
  readonly routeId: string;
  /** Calls made for this answer so far, this one included. */
  readonly attempts: number;
}

/**
 * Takes an answer, in the client's format. `begin` comes once, before anything else; then bytes of a route that speaks the
 * client's format, or parts that are to be written in it, or (after a failover in mid-answer) first the one and then the
 * other.
 */
export interface AnswerSink {
  begin(head: OutsideHead): void;
  /** Whole events, unchanged from the provider; `events`: the JSON value of each event's data (`[DONE]` may be left out), so
   * that parts can follow. False: the client is slow; wait for `drained` before the next. */
  pass(bytes: Buffer, events: readonly unknown[]): boolean;
  /** As above. */
  part(part: AnswerPart): boolean;
  drained(): Promise<void>;
}

/** How a call ended. `costUsd`: of this call alone, all its attempts; absent or null: nothing is known of it. */
export type OutsideEnd = OutsideEnding & { readonly costUsd?: number | null };

type OutsideEnding =
  | {
      readonly type: 'answered';
      readonly head: OutsideHead;
      readonly outcome: Outcome;
      readonly finishReason: FinishReason;
      readonly usage: Usage;
      /** The end of the answer went through `pass` already (its finish event, or the whole body). */
      readonly passed: boolean;
    }
  | { readonly type: 'cancelled' }
  | {
      readonly type: 'failed';
      readonly kind: FailureKind;
      /** For people, without keys. */
      readonly message: string;
      /** A code of protocol/src/errors.ts. */
      readonly code: string;
      /** The provider's own refusal, when its format is the client's: passed on as it is. */
      readonly upstream: { readonly status: number; readonly body: string } | null;
      readonly retryAfterMs: number | null;
      readonly head: OutsideHead | null;
      /** Part of the answer is with the client already. */
      readonly begun: boolean;
    };

/** A model as the endpoint lists it. */
export interface OutsideModel {
  /** `auto…`, or a route's id. */
  readonly id: string;
  readonly label: string;
  readonly contextWindow: number | null;
  readonly maxOutputTokens: number | null;
}

/** What dispatch offers to the endpoint. */
export interface OutsideService {
  /**
   * Never rejects for what a provider does. Aborting `cancel` cancels: nobody's failure. It is the call's own, and is also
   * aborted here when the router ends.
   */
  complete(call: OutsideCall, sink: AnswerSink, cancel: AbortController): Promise<OutsideEnd>;
  models(): readonly OutsideModel[];
  /** Tokens of a prompt, as well as they are known for the route it would go to. */
  countTokens(call: Pick<OutsideCall, 'model' | 'call'>): number;
}
