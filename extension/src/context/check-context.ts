/** What may be sent as context: text, of a bounded size, from no file that holds secrets by its name. Pure. */
import { RouterError, isSecretName, limits } from '@task-router/protocol';
import { formatBytes } from '../platform/format.ts';

/** Binary files show themselves early. */
const sniffedChars = 8_000;

function isBinaryText(text: string): boolean {
  return text.slice(0, sniffedChars).includes('\0');
}

export interface ContextText {
  /** The file as the developer knows it, for messages. */
  readonly label: string;
  readonly name: string;
  readonly text: string;
  /** A selection was made on purpose: its file may have any name, as long as it is not the whole of it. */
  readonly isSelection: boolean;
}

/** @throws RouterError `task.fileSecret`, `task.fileBinary` or `task.contextTooLarge` */
export function checkContext({ label, name, text, isSelection }: ContextText): void {
  if (!isSelection && isSecretName(name)) {
    throw new RouterError(
      'task.fileSecret',
      `${label} holds secrets by its name and is never sent as a whole.`,
    );
  }
  if (isBinaryText(text)) throw binary(label);
  checkSize(label, Buffer.byteLength(text));
}

/** @throws RouterError `task.contextTooLarge` */
export function checkSize(label: string, bytes: number): void {
  if (bytes <= limits.contextBytes) return;
  throw new RouterError(
    'task.contextTooLarge',
    `${label} is too large to be sent: ${formatBytes(bytes)}, at most ${formatBytes(limits.contextBytes)}.`,
  );
}

export function binary(label: string): RouterError {
  return new RouterError('task.fileBinary', `${label} is not a text file.`, {
    next: 'Open a text file, or route the task without a file.',
  });
}
