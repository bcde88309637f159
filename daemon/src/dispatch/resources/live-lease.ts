/**
 * One lease while its call lives: committed at the call, renewed while the stream does, grown with a long answer, and
 * ended exactly once, however the attempt ends. Nothing is given back at the first token: most servers tell with the end of the
 * answer what its prompt counted, and until then the worst case may be true.
 */
import type { Actual, Allocated, Clock, LeaseTarget, Ledger } from '../../engine/index.ts';
import { estimateTokens } from '../../engine/index.ts';

/**
 * Short, so that what a killed daemon held is free again soon after; long enough for a machine that is busy or was
 * asleep for a moment (engine.md 3.4: leaseRenew, leaseGrace).
 */
const renewEveryMs = 5_000;
const leaseMs = 15_000;
/** Tokens by which an answer may outgrow its estimate before the ledger hears of it again. */
const growthStep = 256;

export class LiveLease {
  readonly allocation: Allocated;
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  /** null: not committed yet. */
  #renewedAtMs: number | null = null;
  #chars = 0;
  #countedTokens: number;
  #hasEnded = false;

  /** `onEnd` is called once, when the lease was settled or given back. */
  constructor(allocation: Allocated, parts: { ledger: Ledger; clock: Clock; onEnd: () => void }) {
    this.allocation = allocation;
    this.#countedTokens = allocation.estimate.outputTokens;
    this.#ledger = parts.ledger;
    this.#clock = parts.clock;
    this.#onEnd = parts.onEnd;
  }

  /** The call goes out. False: the lease is gone, nothing may be sent. */
  commit(target: LeaseTarget): boolean {
    const nowMs = this.#clock.nowMs();
    const expiresAtMs = nowMs + Math.min(this.allocation.commitForMs, leaseMs);
    const answer = this.#ledger.commit(this.allocation, { target, expiresAtMs }, nowMs);
    if (answer !== 'done' && answer !== 'repeated') return false;
    this.#renewedAtMs = nowMs;
    return true;
  }

  /** To be called every second or so while the call lives. */
  renewIfDue(nowMs: number): void {
    if (this.#renewedAtMs === null || nowMs - this.#renewedAtMs < renewEveryMs) return;
    this.#renewedAtMs = nowMs;
    this.#ledger.renew(this.allocation, nowMs + leaseMs, nowMs);
  }

  /** A piece of the answer came. One that outgrows what was held is counted. */
  wrote(chars: number): void {
    this.#chars += chars;
    const output = estimateTokens(this.#chars);
    if (output < this.#countedTokens + growthStep) return;
    this.#countedTokens = output;
    const { inputTokens } = this.allocation.estimate;
    const amounts = { outputTokens: output, tokens: inputTokens + output };
    this.#ledger.grow(this.allocation, amounts, this.#clock.nowMs());
  }

  /** Books what was used; a second call changes nothing. */
  settle(actual: Actual): void {
    if (this.#hasEnded) return;
    this.#ledger.settle(this.allocation, actual, this.#clock.nowMs());
    this.#end();
  }

  /** Nothing was sent: gives everything back. */
  release(): void {
    if (this.#hasEnded) return;
    this.#ledger.release(this.allocation, this.#clock.nowMs());
    this.#end();
  }

  #end(): void {
    this.#hasEnded = true;
    this.#onEnd();
  }
}
