/**
 * A task that stopped at a hard budget asks here: a message with the ways on as buttons, which the keyboard reaches like
 * any message (`notifications.focusToasts`). The panel's card asks the same; whichever is answered first counts. A soft
 * budget only warns.
 *
 * The decisions are in `BudgetQuestions`, which knows no editor.
 */
import type { BudgetQuestion, TaskView } from '@task-router/protocol';
import type { SessionStore } from '../session/session-store.ts';
import { taskName } from '../session/task-name.ts';

/** What a person can say to the question. */
export const budgetAnswers = {
  allowOnce: 'Allow Once',
  raise: 'Raise Budget…',
  cancel: 'Cancel Task',
} as const;
type Answer = keyof typeof budgetAnswers;

export interface BudgetPorts {
  /** Shows the question; resolves with the button's title, or undefined when it was closed without a word. */
  ask(message: string, buttons: readonly string[]): PromiseLike<string | undefined>;
  warn(message: string): void;
  /** False: the question is no longer asked. */
  allowOnce(taskId: string, questionId: string): Promise<boolean>;
  raise(): Promise<void>;
  cancel(taskId: string): void;
  tooLate(): void;
  onError(error: unknown): void;
}

export class BudgetQuestions {
  readonly #ports: BudgetPorts;
  readonly #store: SessionStore;
  readonly #asked = new Set<string>();

  constructor(ports: BudgetPorts, store: SessionStore) {
    this.#ports = ports;
    this.#store = store;
  }

  /** Begins to ask, also what stood open before a reload. Call the result to stop. */
  start(): { dispose(): void } {
    this.#askAll();
    return this.#store.onDidChange((change) => {
      const event = change.type === 'event' ? change.event.event : null;
      if (event === null || event.type === 'question') this.#askAll();
      else if (event.type === 'budgetWarning') this.#ports.warn(event.message);
    });
  }

  #askAll(): void {
    for (const task of this.#store.tasks) {
      if (task.question === undefined || this.#asked.has(task.question.questionId)) continue;
      this.#asked.add(task.question.questionId);
      void this.#ask(task, task.question).catch((error: unknown) => this.#ports.onError(error));
    }
  }

  async #ask(task: TaskView, question: BudgetQuestion): Promise<void> {
    const message = `“${taskName(task)}” stopped at a budget. ${question.message}`;
    const chosen = await this.#ports.ask(message, Object.values(budgetAnswers));
    const answer = (Object.keys(budgetAnswers) as Answer[]).find((each) => budgetAnswers[each] === chosen);
    const isOpen = this.#store.task(task.taskId)?.question?.questionId === question.questionId;
    if (answer === undefined) return;
    if (!isOpen) this.#ports.tooLate();
    else await this.#answer(answer, task.taskId, question.questionId);
  }

  async #answer(answer: Answer, taskId: string, questionId: string): Promise<void> {
    switch (answer) {
      case 'allowOnce':
        if (!(await this.#ports.allowOnce(taskId, questionId))) this.#ports.tooLate();
        return;
      case 'raise':
        return this.#ports.raise();
      case 'cancel':
        this.#ports.cancel(taskId);
    }
  }
}
