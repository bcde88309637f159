/** One question with numbered answers to the person at the terminal. The first is what Enter takes: it changes nothing. */
import { createInterface } from 'node:readline/promises';
import type { Output } from './output.ts';

/** @returns null where nobody sits at a terminal, or for an answer that names none */
export async function askChoice<Id extends string>(
  output: Output,
  choices: readonly { readonly id: Id; readonly text: string }[],
): Promise<Id | null> {
  if (!output.isTerminal || !process.stdin.isTTY) return null;
  for (const [index, { text }] of choices.entries()) output.line(`  ${index + 1}  ${text}`);
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = (await reader.question('Which? [1] ')).trim();
    return choices[answer === '' ? 0 : Number(answer) - 1]?.id ?? null;
  } finally {
    reader.close();
  }
}
