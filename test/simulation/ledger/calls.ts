/** Sizes of real calls, session by session (NOTICE.md), and callers that walk through them in their own order. */
import { readFileSync } from 'node:fs';
import type { Randomness } from '../base/randomness.ts';

export interface Call {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

const sessions = readSessions();

/** One developer after another: each caller begins at a session of its own and goes on with the next. */
export class Caller {
  #session: number;
  #index = 0;

  constructor(random: Randomness) {
    this.#session = random.index(sessions.length);
  }

  next(): Call {
    const calls = sessions[this.#session % sessions.length]!;
    const call = calls[this.#index]!;
    this.#index += 1;
    if (this.#index === calls.length) {
      this.#session += 1;
      this.#index = 0;
    }
    return call;
  }
}

/** The time that the fitted law gives a call, in ms, and a second for what the agent does between two. */
export function callMs({ output }: Call): number {
  return 1_690 + 14.5 * output + 1_000;
}

/** Output tokens that a call has written after so much time. */
export function writtenAfter(elapsedMs: number): number {
  return Math.max(0, Math.floor((elapsedMs - 1_690) / 14.5));
}

function readSessions(): Call[][] {
  const [, ...lines] = readFileSync(new URL('./calls.csv', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  const rows = lines.map((line) => line.split(',').map(Number) as [number, number, number, number]);
  const bySession = Map.groupBy(rows, ([session]) => session);
  return [...bySession.values()].map((own) =>
    own.map(([, input, cached, output]) => ({ input, cached: Math.min(cached, input), output })),
  );
}
