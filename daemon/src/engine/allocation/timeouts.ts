/**
 * Timers of one call, all from its prediction: for the first token, between two tokens, for the whole. Bounded on
 * both sides, because a prediction may be wrong: too tight and a healthy call dies, too loose and a hang is felt.
 *
 * Tails are constant multiples of the expectation until quantiles per model are measured (docs of the failover area).
 */
import { localLoad, timeouts } from '../config/allocation.ts';
import { clamp } from '../math/clamp.ts';
import type { Expected } from '../model/selection.ts';

export interface CallTimeouts {
  /** For the whole call. */
  readonly timeoutMs: number;
  /** Until the first text. */
  readonly firstTokenTimeoutMs: number;
  /** Between two signs of life after that. */
  readonly stallTimeoutMs: number;
}

export interface TimeoutRequest {
  readonly expected: Expected;
  /** What is left of the task's time, in ms; null: no deadline. */
  readonly deadlineMs: number | null;
  /** A server on this machine may have to load the model first. */
  readonly mayLoadModel: boolean;
  /** Expected time of the load when the server says that the model is not in memory, as part of `expected`; else 0. */
  readonly coldStartMs?: number;
  /** For a server on this machine; absent or null: another one. */
  readonly local?: LocalReading | null;
  /** Expected writing speed; null: unknown. */
  readonly tokensPerSecond: number | null;
}

/** What is known of how long a server on this machine reads, in front of a call. */
export interface LocalReading {
  /** Of this call. */
  readonly inputTokens: number;
  /** Longest first token of late, of prompts about as long, while the model was in memory; null: too few, or it may not be. */
  readonly seenFirstTokenMs: number | null;
  /** Calls of ours under way on the server, which may take one after the other. */
  readonly callsAhead: number;
}

/** All in ms, at least 1; none outlasts the whole, and the whole never outlasts the deadline. */
export function callTimeouts(request: TimeoutRequest): CallTimeouts {
  const { expected, deadlineMs } = request;
  const longestMs = Math.max(1, deadlineMs ?? timeouts.totalMaxMs);
  const firstTokenMs = firstTokenTimeoutMs(request);
  const totalMs = clamp(
    expected.totalMs * timeouts.totalTail * timeouts.totalSafety,
    // A call that is given its full first token needs time to write, too.
    Math.max(timeouts.totalMinMs, firstTokenMs * 2),
    Math.max(longestMs, timeouts.totalMinMs),
  );
  const timeoutMs = Math.round(Math.min(totalMs, longestMs));
  return {
    timeoutMs,
    firstTokenTimeoutMs: Math.min(timeoutMs, Math.round(firstTokenMs)),
    stallTimeoutMs: Math.min(timeoutMs, Math.round(stallMs(request.tokensPerSecond))),
  };
}

/**
 * A load that was announced gets its own time on top of the warm one's, however short the prompt; a load that may come
 * gets the longest ordinary wait, unless the server has just shown how soon it begins.
 */
function firstTokenTimeoutMs(request: TimeoutRequest): number {
  const { expected, mayLoadModel, coldStartMs = 0, local = null } = request;
  const isPatient = mayLoadModel && coldStartMs === 0 && (local?.seenFirstTokenMs ?? null) === null;
  const warmMs = clamp(
    Math.max(
      Math.max(0, expected.firstTokenMs - coldStartMs) * timeouts.firstTokenTail * timeouts.firstTokenSafety,
      local === null ? 0 : localFirstTokenMs(local, expected),
    ),
    isPatient ? timeouts.firstTokenMaxMs : timeouts.firstTokenMinMs,
    timeouts.firstTokenMaxMs,
  );
  if (coldStartMs <= 0) return warmMs;
  return clamp(warmMs + coldStartMs * localLoad.safety, localLoad.firstTokenMinMs, localLoad.firstTokenMaxMs);
}

/** Time to read, at the pace that was seen and never less than a slow machine's, behind all calls ahead. */
function localFirstTokenMs(
  { inputTokens, seenFirstTokenMs, callsAhead }: LocalReading,
  { totalMs }: Expected,
): number {
  const { seen, unseen } = localLoad.readMsPerToken;
  const readMs = Math.max(0, inputTokens) * (seenFirstTokenMs === null ? unseen : seen);
  const longestMs = Math.max(readMs, seenFirstTokenMs ?? 0);
  return longestMs * timeouts.firstTokenSafety + Math.max(0, callsAhead) * totalMs;
}

function stallMs(tokensPerSecond: number | null): number {
  const betweenMs = tokensPerSecond !== null && tokensPerSecond > 0 ? 1000 / tokensPerSecond : 0;
  return clamp(
    betweenMs * timeouts.betweenTokensTail * timeouts.stallSafety,
    timeouts.stallMinMs,
    timeouts.stallMaxMs,
  );
}
