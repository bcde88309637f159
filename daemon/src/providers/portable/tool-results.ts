/**
 * Files in the results of tools (a screenshot, a page). Anthropic and Google read them where they are. On every other
 * wire a result is text, and a picture in it would go out as a long row of characters: there the files follow the
 * results as a message of the user.
 */
import type { ModelMessage } from '../model-call.ts';
import type { CallTarget } from './target.ts';

type ToolMessage = Extract<ModelMessage, { role: 'tool' }>;
type ToolPart = ToolMessage['content'][number];
type FilePart = Extract<Extract<ModelMessage, { role: 'user' }>['content'][number], { type: 'file' }>;

/** The messages with files where `target` reads them. */
export function withAcceptedResults(prompt: readonly ModelMessage[], target: CallTarget): ModelMessage[] {
  if (target.provider === 'anthropic' || target.provider === 'google') return [...prompt];
  const messages: ModelMessage[] = [];
  let files: FilePart[] = [];
  for (const message of prompt) {
    // All results of a turn stand together: what follows them waits until the last.
    if (message.role !== 'tool' && files.length > 0) {
      messages.push(fileMessage(files));
      files = [];
    }
    if (message.role !== 'tool') messages.push(message);
    else {
      const split = message.content.map(splitFiles);
      messages.push({ ...message, content: split.map(({ part }) => part) });
      files.push(...split.flatMap((each) => each.files));
    }
  }
  return files.length === 0 ? messages : [...messages, fileMessage(files)];
}

function splitFiles(part: ToolPart): { part: ToolPart; files: FilePart[] } {
  if (part.type !== 'tool-result' || part.output.type !== 'content') return { part, files: [] };
  const texts: string[] = [];
  const files: FilePart[] = [];
  for (const each of part.output.value) {
    if (each.type === 'text') texts.push(each.text);
    else if (each.type === 'file') {
      texts.push('(A file, which follows the results.)');
      files.push(each);
    }
  }
  return { part: { ...part, output: { type: 'text', value: texts.join('\n') } }, files };
}

function fileMessage(files: readonly FilePart[]): ModelMessage {
  return { role: 'user', content: [{ type: 'text', text: 'Files from the results:' }, ...files] };
}
