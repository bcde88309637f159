/**
 * The history thread: the one place that has the history file open. It sleeps until the main thread rings; then it lets
 * a moment pass, so that several texts of the journal become one transaction, and applies them. A call is answered
 * at once. It never turns its event loop: whoever calls it waits, and has its answer as soon as it is there.
 */
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import { plainError, type HistoryFile } from './history-file.ts';
import type { HistoryCall } from './history-calls.ts';
import { JournalSignals } from '../journal/journal-signals.ts';
import { batchBytes } from '../journal/journal-reader.ts';
import { openHistory } from './open-history.ts';
import type { ThreadMessage, ThreadStart } from './thread-link.ts';

/**
 * So long the journal is left to gather before it is applied, looked at now and then, and no longer than it takes to
 * come to a batch.
 */
const gatherMs = 250;
const looks = 5;

const start = workerData as ThreadStart;
const signals = new JournalSignals(start.memory);

function tell(message: ThreadMessage): void {
  parentPort?.postMessage(message);
}

async function run(): Promise<void> {
  const opened = await openHistory(
    { path: start.path, nowMs: start.nowMs, signals },
    {
      onProblem: (problem, count) => tell({ type: 'problem', problem, count }),
      onRefused: (error) => tell({ type: 'refused', error }),
    },
  );
  if (opened.status === 'refused') {
    tell({ type: 'unusable', reason: opened.reason });
    return;
  }
  tell({ type: 'ready', beginning: opened.beginning });
  try {
    serve(opened.file, start.calls);
  } catch (error) {
    tell({ type: 'broken', error: plainError(error) });
    signals.giveUp();
  }
}

/** Returns when the file was closed. */
function serve(file: HistoryFile, calls: MessagePort): void {
  let isGathered = false;
  signals.setFileBytes(file.bytes());
  for (;;) {
    const { rings } = signals;
    const said = receiveMessageOnPort(calls);
    if (said !== undefined) {
      const call = said.message as HistoryCall;
      answer(file, calls, call);
      if (call.method === 'close') return;
    } else if (isGathered) {
      file.follow();
      signals.setFileBytes(file.bytes());
      isGathered = false;
    } else if (signals.isAllApplied || file.hasProblem) sleep(file, rings);
    else isGathered = gather(rings);
  }
}

/** Answers whether it is time to apply what came: false where somebody rang. */
function gather(rings: number): boolean {
  for (let look = 0; look < looks; look += 1) {
    if (signals.unappliedBytes >= batchBytes) return true;
    signals.awaitRing(rings, gatherMs / looks);
    if (signals.rings !== rings) return false;
  }
  return true;
}

function sleep(file: HistoryFile, rings: number): void {
  signals.setAsleep(true);
  // What was written before the main thread could know that somebody sleeps rings no bell.
  if (signals.isAllApplied || file.hasProblem) signals.awaitRing(rings);
  signals.setAsleep(false);
}

function answer(file: HistoryFile, calls: MessagePort, call: HistoryCall): void {
  const answered = file.answer(call);
  if (call.method !== 'close') signals.setFileBytes(file.bytes());
  if (call.id === 0) return;
  calls.postMessage(answered);
  signals.answer(call.id);
}

void run();
