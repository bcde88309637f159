/** The slot ledger with a bell: tasks that found every slot taken wait for the next release instead of polling. */
import type { SlotLease, SlotLedger } from '../engine/index.ts';

export class SlotGate {
  readonly ledger: SlotLedger;
  readonly #waiting = new Set<() => void>();

  constructor(ledger: SlotLedger) {
    this.ledger = ledger;
  }

  acquire(lease: SlotLease): void {
    this.ledger.acquire(lease);
  }

  /** Exactly once per lease; a second call changes nothing. */
  release(leaseId: string): void {
    if (!this.ledger.release(leaseId)) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** Resolves at the next release, after `timeoutMs`, or when aborted; says which of them it was. */
  whenFreed(timeoutMs: number, signal: AbortSignal): Promise<'freed' | 'timeout' | 'aborted'> {
    return new Promise((resolve) => {
      const end = (how: 'freed' | 'timeout' | 'aborted') => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', onAbort);
        resolve(how);
      };
      const wake = () => {
        end('freed');
      };
      const onAbort = () => {
        end('aborted');
      };
      const timer = setTimeout(() => {
        end('timeout');
      }, timeoutMs);
      this.#waiting.add(wake);
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}
