/** One question to the person at the terminal; where there is none, an option must say it beforehand. */
import { createInterface } from 'node:readline/promises';
import { RouterError } from '@task-router/protocol';
import type { Output } from './output.ts';

/** @param instead what a script is told: why it is asked, and which option answers. Rejects with `usage.invalid` then. */
export async function askYes(
  output: Output,
  question: string,
  instead: { readonly message: string; readonly next: string },
): Promise<boolean> {
  if (!output.isTerminal || !process.stdin.isTTY)
    throw new RouterError('usage.invalid', instead.message, { next: instead.next });
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await reader.question(`${question} [y/N] `);
  reader.close();
  return /^y(es)?$/i.test(answer.trim());
}
