/** What a developer says to a task that stopped at a budget. */
import { daemonRequests } from '@task-router/protocol';
import type { Services } from '../services.ts';

export const tooLateMessage = 'That task no longer waits for an answer.';

/** Lets it go on, this once; says so when it no longer waits. */
export async function allowOnce(
  { client, notifier }: Pick<Services, 'client' | 'notifier'>,
  taskId: string,
  questionId: string,
): Promise<void> {
  const { accepted } = await client.request(daemonRequests.answer, {
    taskId,
    questionId,
    answer: 'allowOnce',
  });
  if (!accepted) notifier.info(tooLateMessage);
}
