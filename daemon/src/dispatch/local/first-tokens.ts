/**
 * How soon servers on this machine begin to answer, by length of the prompt, so that silence is told from reading. Most of
 * them do not say whether the model is in memory: it is taken to be after an answer of late, as long as the server was
 * not asked for another model. Not stored: a daemon that starts knows neither, and is patient until it does.
 */
import { localLoad } from '../../engine/index.ts';
import type { Clock } from '../../engine/index.ts';
import type { AttemptEnd } from '../attempt-end.ts';

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
  /** By route, then by length of the prompt: times in ms, newest last. */
  readonly #seen = new Map<string, Map<number, number[]>>();

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
    const times = this.#seen.get(routeId)?.get(lengthClass(inputTokens)) ?? [];
    return times.length < localLoad.leastFirstTokens ? null : Math.max(...times);
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
    const byLength = this.#seen.get(routeId) ?? new Map<number, number[]>();
    this.#seen.set(routeId, byLength);
    byLength.set(length, [...(byLength.get(length) ?? []), firstTokenMs].slice(-localLoad.seenFirstTokens));
  }
}

function lengthClass(tokens: number): number {
  return Math.max(0, Math.ceil(Math.log2(Math.max(1, tokens) / shortTokens)));
}
