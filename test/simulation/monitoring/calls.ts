/**
 * Healthy calls to monitor: real ones of one model, in the order of their sessions, several sessions at once. The trace
 * has no time to first token; it is cut out of the whole by the fitted law (1.69 s + 14.5 ms a token out + 0.037 ms a token
 * in not cached + 0.011 ms a token in), so that the ratio of each call to the law stays what it truly was.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { AttemptResult } from '@task-router/daemon/engine';
import * as z from 'zod';
import type { Randomness } from '../base/randomness.ts';

const column = z.array(z.number());
const columns = z.object({ session: column, input: column, cached: column, output: column, tookMs: column });

/** A call without the session's place in time. */
export interface TracedCall {
  readonly session: string;
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly firstTokenMs: number;
  readonly totalMs: number;
}

const law = { fixedMs: 1_690, perOutputMs: 14.5, perUncachedMs: 0.037, perInputMs: 0.011 };
/** Between two calls of all sessions together. */
const gapMs = 20_000;

export function readSessions(): readonly (readonly TracedCall[])[] {
  const file = join(import.meta.dirname, 'trace/calls.json.gz');
  const trace = columns.parse(JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')));
  const sessions: TracedCall[][] = [];
  for (const [at, session] of trace.session.entries()) {
    const [input, cached, output] = [trace.input[at]!, trace.cached[at]!, trace.output[at]!];
    const totalMs = trace.tookMs[at]!;
    const firstMs = law.fixedMs + law.perUncachedMs * (input - cached) + law.perInputMs * input;
    const share = firstMs / (firstMs + law.perOutputMs * output);
    (sessions[session] ??= []).push({
      session: String(session),
      input,
      cached,
      output,
      firstTokenMs: totalMs * share,
      totalMs,
    });
  }
  return sessions;
}

/** An endless stream of calls: `open` sessions at a time, each in its own order, a new one when one has ended. */
export function* interleaved(
  sessions: readonly (readonly TracedCall[])[],
  open: number,
  random: Randomness,
): Generator<TracedCall, never> {
  const running = Array.from({ length: open }, () => ({
    calls: sessions[random.index(sessions.length)]!,
    at: 0,
  }));
  for (;;) {
    const place = random.index(open);
    const { calls, at } = running[place]!;
    const call = calls[at];
    if (call === undefined) running[place] = { calls: sessions[random.index(sessions.length)]!, at: 0 };
    else {
      running[place] = { calls, at: at + 1 };
      yield call;
    }
  }
}

/** What is wrong with a route, as factors and rates; healthy where nothing is. */
export interface Trouble {
  readonly slowdown: number;
  readonly errorRate: number;
  /** Chance of a good grade, against what is expected. */
  readonly qualityFactor: number;
  readonly priceFactor: number;
  readonly cacheFactor: number;
  /** Writing to the cache costs a quarter more, and only the server that tells the cost knows. */
  readonly isTold: boolean;
}

export const healthy: Trouble = {
  slowdown: 1,
  errorRate: 0.01,
  qualityFactor: 1,
  priceFactor: 1,
  cacheFactor: 1,
  isTold: false,
};

/** The `index`-th call of a route under `trouble`, as the monitor is told of it. */
export function resultOf(
  call: TracedCall,
  index: number,
  trouble: Trouble,
  random: Randomness,
): AttemptResult {
  const failed = random.chance(trouble.errorRate);
  const slow = trouble.slowdown;
  const listCostUsd = (call.input * 5 + call.output * 25) / 1e6;
  const writtenUsd = trouble.isTold ? ((call.input - call.cached) * 1.25) / 1e6 : 0;
  return {
    routeId: 'node/model',
    status: failed ? 'failed' : 'succeeded',
    failure: failed ? 'server' : null,
    firstTokenMs: failed ? null : call.firstTokenMs * slow,
    totalMs: call.totalMs * slow,
    inputTokens: call.input,
    outputTokens: failed ? null : call.output,
    cachedInputTokens: failed ? null : Math.round(call.cached * trouble.cacheFactor),
    costUsd: failed ? 0 : (listCostUsd + writtenUsd) * trouble.priceFactor,
    listCostUsd: failed ? 0 : listCostUsd,
    expectedMs: null,
    retryAfterMs: null,
    endedAtMs: (index + 1) * gapMs,
    session: call.session,
  };
}
