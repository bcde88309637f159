/** Small files that only their owner may read: written whole or not at all, read with a bound. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';

/** Writes beside the target and renames, so that no reader ever sees half a file. Mode 0600. */
export function writePrivateFile(path: string, text: string): void {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/**
 * The file's text, or null when there is none. Throws a system error: `EFBIG` when it is longer than `maxBytes`,
 * `EINVAL` when it is no regular file, or what the operating system says.
 */
export function readBoundedFile(path: string, maxBytes: number): string | null {
  const file = openIfPresent(path);
  if (file === null) return null;
  try {
    if (!fstatSync(file).isFile()) throw systemError('EINVAL', `${path} is not a regular file`);
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length <= maxBytes; length += read) {
      read = readSync(file, buffer, length, buffer.length - length, null);
    }
    if (length > maxBytes) throw systemError('EFBIG', `${path} is longer than ${maxBytes} bytes`);
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}

function systemError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

function openIfPresent(path: string): number | null {
  try {
    // Without blocking: opening a named pipe would otherwise wait for a writer for ever.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
