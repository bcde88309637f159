/** The plainest task and outcome in the shapes of the contract; a test names what matters to it. */
import type { Outcome, TaskView } from '@task-router/protocol';

/** A task that has just begun. */
export function taskSample(changes: Partial<TaskView> = {}): TaskView {
  return {
    taskId: 't',
    title: 'Explain this',
    kind: 'explain',
    startedAtMs: 1,
    retryOf: null,
    decision: null,
    transitions: [],
    text: '',
    textTruncated: false,
    outcome: null,
    error: null,
    ...changes,
  };
}

/** An answer of one attempt, with nothing measured. */
export function outcomeSample(changes: Partial<Outcome> = {}): Outcome {
  return {
    status: 'succeeded',
    route: 'n/m',
    attempts: 1,
    finishReason: 'stop',
    timings: { queuedMs: 0, firstTokenMs: null, totalMs: 1 },
    tokens: { input: null, output: null, cachedInput: null, reasoning: null },
    costUsd: null,
    ...changes,
  };
}
