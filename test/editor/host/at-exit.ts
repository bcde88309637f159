/**
 * Cleaning up when a test run is cut short: editors and browsers must not outlive the process that started
 * them.
 */
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls `cleanUp`, which has to be synchronous, when this process exits, also when a signal makes it. Where
 * somebody else listens to the signal, it is theirs to decide whether the process ends.
 * @returns takes the promise back, for when everything has been cleaned up in the normal way.
 */
export function atExit(cleanUp: () => void): () => void {
  const listeners = SIGNALS.map((signal) => {
    const listener = (): void => {
      // `once` has removed this listener before the call, so zero means that it was the last.
      if (process.listenerCount(signal) === 0) process.exit(128 + constants.signals[signal]);
    };
    process.once(signal, listener);
    return { signal, listener };
  });
  process.once('exit', cleanUp);
  return () => {
    process.removeListener('exit', cleanUp);
    for (const { signal, listener } of listeners) process.removeListener(signal, listener);
  };
}
