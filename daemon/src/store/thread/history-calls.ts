/**
 * What the main thread asks of the history thread: methods of its records and of its history by name, with plain data, and
 * a few of the file itself. Main waits for the answer of a call; to what is posted there is none.
 */
import type { History, RareSaves, Reads } from '../store.ts';

/** Names are data, so the compiler makes sure that none is missing. */
const recordCalls: Record<keyof (RareSaves & Reads), 'records'> = {
  ...{ saveGrade: 'records', saveGradedAnswer: 'records', pruneEngineState: 'records' },
  ...{ saveConsent: 'records', saveEndpointKey: 'records', markInterrupted: 'records' },
  ...{ listDecisions: 'records', readDecision: 'records', readDecisionOfTask: 'records' },
  ...{ gradedAnswers: 'records', readEngineState: 'records', readConsents: 'records' },
  ...{ readEndpointKeys: 'records', countDecisions: 'records', spentByRoute: 'records' },
};
const historyCalls: Record<keyof History, 'history'> = {
  ...{ page: 'history', logged: 'history', totals: 'history', recentOutcomes: 'history' },
  ...{ recentAttempts: 'history', alarms: 'history', prune: 'history', forgetRest: 'history' },
  ...{ tidy: 'history', bytes: 'history' },
};
/** What changes the file, so that it must not come before what waits in the journal. */
const changing: ReadonlySet<string> = new Set([
  ...['saveGrade', 'saveGradedAnswer', 'pruneEngineState', 'saveConsent', 'saveEndpointKey'],
  ...['markInterrupted', 'prune', 'forgetRest'],
]);

export interface HistoryCall {
  /** 0: nobody waits for the answer. */
  readonly id: number;
  /**
   * Whose method it is. Of the file: `catchUp` applies the journal, also after a failure, and answers whether that went well;
   * `rest` is for quiet moments; `close` is the last one.
   */
  readonly on: 'records' | 'history' | 'file';
  readonly method: string;
  readonly args: readonly unknown[];
}

export type HistoryAnswer = {
  readonly id: number;
  /** Why the journal can't be applied now, in words; null: it can. */
  readonly problem: string | null;
  /** How many problems there were: a message about one of them that comes later is old. */
  readonly problems: number;
} & (
  | { readonly status: 'done'; readonly result: unknown }
  | { readonly status: 'failed'; readonly error: PlainError }
);

/** What is left of an error between two threads. */
export interface PlainError {
  readonly message: string;
  readonly code: string | null;
}

/** The history thread as the main thread sees it. */
export interface HistoryLink {
  /** Of the history file's pages in use, when it was last written; asks nobody. */
  readonly fileBytes: number;
  /**
   * Answers at once, with all that is in the journal applied. Throws what the call threw, and a `StorageError` when
   * nobody answers.
   */
  call(on: HistoryCall['on'], method: string, args: readonly unknown[]): unknown;
  /** Returns at once. */
  post(on: HistoryCall['on'], method: string): void;
  /** There is something new in the journal. */
  wake(): void;
  /** Starts the thread again where it has ended. */
  revive(): void;
  listen(listener: HistoryListener): void;
}

export interface HistoryListener {
  /** The journal can't be applied, for the reason given. */
  onProblem(problem: string): void;
  /** A save that the file will never take was left out. */
  onRefused(error: unknown): void;
  /** The thread runs again, and has applied the journal. */
  onRevived(): void;
}

export function isChanging(method: string): boolean {
  return changing.has(method);
}

/** Reads and rare saves of the history thread, as if they were here. */
export function remoteRecords(link: HistoryLink): RareSaves & Reads {
  return remote(link, recordCalls) as unknown as RareSaves & Reads;
}

export function remoteHistory(link: HistoryLink): History {
  return remote(link, historyCalls) as unknown as History;
}

function remote(link: HistoryLink, names: Readonly<Record<string, 'records' | 'history'>>): object {
  return Object.fromEntries(
    Object.entries(names).map(([name, on]) => [
      name,
      (...args: readonly unknown[]) => link.call(on, name, args),
    ]),
  );
}
