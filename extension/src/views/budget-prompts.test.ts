import { emptySnapshot, type BudgetQuestion } from '@task-router/protocol';
import { expect, it, vi } from 'vitest';
import { taskSample } from '../../../test/support/wire-samples.ts';
import { SessionStore } from '../session/session-store.ts';
import { BudgetQuestions, budgetAnswers } from './budget-prompts.ts';

const question = (questionId: string): BudgetQuestion => ({
  questionId,
  budget: '$5.00 a day',
  message: 'It may cost up to $0.42, and $0.13 is left.',
  limitUsd: 5,
  spentUsd: 4.87,
  heldUsd: 0,
  neededUsd: 0.42,
  resetsAtMs: null,
  untilMs: 1,
});
const task = (open?: BudgetQuestion) => taskSample(open && { question: open });

function fixture(open?: BudgetQuestion) {
  const store = new SessionStore(() => undefined);
  store.replace({ ...emptySnapshot('e'), tasks: [task(open)] });
  const answers: ((title: string | undefined) => void)[] = [];
  const ports = {
    ask: vi.fn(() => new Promise<string | undefined>((resolve) => answers.push(resolve))),
    warn: vi.fn(),
    allowOnce: vi.fn(() => Promise.resolve(true)),
    raise: vi.fn(() => Promise.resolve()),
    cancel: vi.fn(),
    tooLate: vi.fn(),
    onError: vi.fn(),
  };
  const questions = new BudgetQuestions(ports, store);
  questions.start();
  let seq = 0;
  const happen = (event: Parameters<SessionStore['apply']>[0]['event']): void =>
    store.apply({ seq: (seq += 1), event });
  return { ports, answers, happen };
}

it('asks once for each question, also for one that stood open before a reload', async () => {
  const { ports, answers, happen } = fixture(question('q1'));
  expect(ports.ask).toHaveBeenCalledTimes(1);
  expect(ports.ask).toHaveBeenCalledWith(
    '“Explain this” stopped at a budget. It may cost up to $0.42, and $0.13 is left.',
    ['Allow Once', 'Raise Budget…', 'Cancel Task'],
  );
  happen({ type: 'question', taskId: 't', question: question('q1') });
  expect(ports.ask).toHaveBeenCalledTimes(1);
  happen({ type: 'question', taskId: 't', question: question('q2') });
  expect(ports.ask).toHaveBeenCalledTimes(2);
  answers[1]?.(budgetAnswers.allowOnce);
  await vi.waitFor(() => expect(ports.allowOnce).toHaveBeenCalledWith('t', 'q2'));
  expect(ports.tooLate).not.toHaveBeenCalled();
});

it.each([
  ['raise', 'raise'],
  ['cancel', 'cancel'],
] as const)('carries out "%s"', async (answer, port) => {
  const { ports, answers } = fixture(question('q1'));
  answers[0]?.(budgetAnswers[answer]);
  await vi.waitFor(() => expect(ports[port]).toHaveBeenCalledTimes(1));
});

it('does nothing when the message is closed, and says so when the answer comes too late', async () => {
  const { ports, answers, happen } = fixture(question('q1'));
  happen({ type: 'question', taskId: 't', question: null });
  answers[0]?.(budgetAnswers.allowOnce);
  await vi.waitFor(() => expect(ports.tooLate).toHaveBeenCalledTimes(1));
  happen({ type: 'question', taskId: 't', question: question('q2') });
  answers[1]?.(undefined);
  await Promise.resolve();
  expect(ports.allowOnce).not.toHaveBeenCalled();
  expect(ports.cancel).not.toHaveBeenCalled();
});

it('passes a warning of a soft budget on', () => {
  const { ports, happen } = fixture();
  happen({ type: 'budgetWarning', message: 'Today’s budget is used up.' });
  expect(ports.warn).toHaveBeenCalledWith('Today’s budget is used up.');
});
