/**
 * Questions that tasks ask their developer, and the answers. A question ends with an answer, with a change that may have
 * made it needless (`again`), or with its time.
 */

export type QuestionEnd = 'allowOnce' | 'cancel' | 'again' | 'timeout';

interface Open {
  readonly clientId: string;
  readonly taskId: string;
  readonly end: (how: QuestionEnd) => void;
}

export interface Ask {
  readonly questionId: string;
  readonly taskId: string;
  readonly clientId: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export class Questions {
  readonly #open = new Map<string, Open>();

  /** A cancelled task ends its question as `cancel`. */
  ask({ questionId, taskId, clientId, timeoutMs, signal }: Ask): Promise<QuestionEnd> {
    return new Promise((resolve) => {
      const end = (how: QuestionEnd): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        this.#open.delete(questionId);
        resolve(how);
      };
      const onAbort = (): void => end('cancel');
      const timer = setTimeout(() => end('timeout'), timeoutMs);
      this.#open.set(questionId, { clientId, taskId, end });
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
  }

  /** False: nobody asks that any more. Only the client that was asked may answer. */
  answer(
    by: { readonly clientId: string; readonly taskId: string; readonly questionId: string },
    answer: 'allowOnce' | 'cancel',
  ): boolean {
    const open = this.#open.get(by.questionId);
    if (open?.clientId !== by.clientId || open.taskId !== by.taskId) return false;
    open.end(answer);
    return true;
  }

  /** The budgets or what is spent of them are others: whoever asks looks again. */
  lookAgain(): void {
    if (this.#open.size === 0) return;
    for (const { end } of [...this.#open.values()]) end('again');
  }
}
