/**
 * How soon servers on this machine begin to answer, by length of the prompt, so that silence is told from reading. Most of
 * them do not say whether the model is in memory: it is taken to be after an answer of late, as long as the server was
 * not asked for another model. Not stored: a daemon that starts knows neither, and is patient until it does.
 */
import { localLoad } from '../../engine/index.ts';
import type { Clock } from '../../engine/index.ts';
import type { AttemptEnd } from '../run/attempt-end.ts';

/** Prompts shorter than this are alike; above, those within a factor of two. */
const shortTokens = 512;

interface LastAnswer {
  readonly routeId: string;
  readonly atMs: number;
}

export class FirstTokens {
  readonly #clock: Clock;
  /** By node. */
  readonly #lastAnswer = new Map<string, LastAnswer>();
  /** By route, then by length of the prompt. */
  readonly #seen = new Map<string, Map<number, NewestTimes>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the model is taken to be in memory without the server's word. */
  isWarm(nodeId: string, routeId: string): boolean {
    const last = this.#lastAnswer.get(nodeId);
    return last?.routeId === routeId && this.#clock.nowMs() - last.atMs <= localLoad.warmForMs;
  }

  /** The longest of the newest, in ms; null: too few of prompts about as long. */
  longestMs(routeId: string, inputTokens: number): number | null {
    return this.#seen.get(routeId)?.get(lengthClass(inputTokens))?.longestMs() ?? null;
  }

  /** To be called as a call begins; what it returns, once with the call's end. */
  watch(
    call: { readonly nodeId: string; readonly routeId: string; readonly isLoaded: boolean },
    inputTokens: number,
  ): (end: Pick<AttemptEnd, 'status' | 'firstTokenMs' | 'connected'>) => void {
    const { nodeId, routeId } = call;
    // A call that may have had to load the model says nothing of those that need not.
    const counts = call.isLoaded || this.isWarm(nodeId, routeId);
    // As soon as another model is asked for, this one may have to go.
    if (this.#lastAnswer.get(nodeId)?.routeId !== routeId) this.#lastAnswer.delete(nodeId);
    return ({ status, firstTokenMs, connected }) => {
      if (!connected) this.#lastAnswer.delete(nodeId);
      if (status !== 'succeeded' || firstTokenMs === null) return;
      this.#lastAnswer.set(nodeId, { routeId, atMs: this.#clock.nowMs() });
      if (counts) this.#add(routeId, lengthClass(inputTokens), firstTokenMs);
    };
  }

  #add(routeId: string, length: number, firstTokenMs: number): void {
    let byLength = this.#seen.get(routeId);
    if (byLength === undefined) this.#seen.set(routeId, (byLength = new Map<number, NewestTimes>()));
    let times = byLength.get(length);
    if (times === undefined) byLength.set(length, (times = new NewestTimes()));
    times.add(firstTokenMs);
  }
}

/** The newest times, in ms, in one place: each call adds one and each decision asks for the longest. */
class NewestTimes {
  readonly #times = new Float64Array(localLoad.seenFirstTokens);
  #count = 0;

  add(ms: number): void {
    this.#times[this.#count % this.#times.length] = ms;
    this.#count += 1;
  }

  /** null: too few. */
  longestMs(): number | null {
    if (this.#count < localLoad.leastFirstTokens) return null;
    // By index: an iterator makes an object of each number.
    const known = Math.min(this.#count, this.#times.length);
    let longest = 0;
    for (let at = 0; at < known; at += 1) longest = Math.max(longest, this.#times[at] ?? 0);
    return longest;
  }
}

function lengthClass(tokens: number): number {
  return Math.max(0, Math.ceil(Math.log2(Math.max(1, tokens) / shortTokens)));
}
