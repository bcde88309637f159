/** How an answer's text takes the place of what it answers. Pure. */
import type { TaskView } from '@task-router/protocol';
import { codeBlocks } from '@task-router/protocol/answer';

/** The whole answer, or its n-th code block; undefined when there is none of that number. */
export function answerText(task: TaskView, codeBlock: number | null): string | undefined {
  return codeBlock === null ? task.text : codeBlocks(task.text)[codeBlock]?.code;
}

/**
 * `replacement` with the line ends of the text that it replaces, inside and at its end: code blocks always end with a
 * line feed, a selection rarely does.
 */
export function fitReplacement(original: string, replacement: string): string {
  const eol = original.includes('\r\n') ? '\r\n' : '\n';
  const body = replacement.replace(/\r?\n/g, '\n').replace(/\n+$/, '');
  const ending = /(?:\r?\n)*$/.exec(original)?.[0] ?? '';
  return body.replaceAll('\n', eol) + ending;
}
