/** Asking the daemon to end: LSP's way to run a command on the server. `shutdown` and `exit` end a connection only. */
import * as z from 'zod';
import { stopCommand } from '@task-router/protocol/node';
import { invalidRequest } from '../invalid-request.ts';
import type { Answer } from './config-language.ts';

const method = 'workspace/executeCommand';
const paramsSchema = z.looseObject({ command: z.literal(stopCommand) });

export function answerStop(answer: Answer, onStop: () => void): void {
  answer(method, (params) => {
    const parsed = paramsSchema.safeParse(params);
    if (!parsed.success) throw invalidRequest(method, parsed.error);
    // In the next turn, when the answer has been written.
    setImmediate(onStop);
    return null;
  });
}
