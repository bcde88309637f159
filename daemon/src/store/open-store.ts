/**
 * Opens the history: SQLite in a thread of its own where it can be had, memory with a stated reason where not. Never
 * throws. A leftover journal is applied, a damaged file is moved aside, a file that another program holds open is shared
 * with it, and each of these is said.
 */
import type { GuardOptions } from './guard.ts';
import { GuardedStore } from './guarded-store.ts';
import { JournalSignals } from './journal/journal-signals.ts';
import { Journal } from './journal/journal.ts';
import { MemoryStore } from './memory/memory-store.ts';
import type { Store } from './store.ts';
import { startHistoryThread } from './thread/thread-link.ts';

export type StoreOptions = GuardOptions;

export async function openStore(path: string, options: Partial<StoreOptions> = {}): Promise<Store> {
  const guard: GuardOptions = {
    ...{ nowMs: Date.now, onChange: () => undefined, onRefused: () => undefined },
    ...options,
  };
  const signals = new JournalSignals();
  const started = await startHistoryThread({ path, signals, nowMs: guard.nowMs });
  if (started.status === 'unusable') return new MemoryStore(started.reason);
  const { link, beginning } = started;
  try {
    const journal = new Journal(path, signals, beginning.lastNumber);
    return new GuardedStore({ link, journal, content: beginning.content }, guard, beginning.notice);
  } catch (error) {
    link.call('file', 'close', []);
    return new MemoryStore(`The journal of the history can't be used: ${String(error).slice(0, 300)}`);
  }
}
