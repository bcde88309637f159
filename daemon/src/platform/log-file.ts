/**
 * The log on disk: `daemon.log` and up to four older files, 2 MB each, readable by their owner alone. Written
 * synchronously, because the last lines before a crash are the ones that matter and there are few of them.
 */
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { LogSink } from './logger.ts';

export interface LogFile {
  readonly write: LogSink;
  close(): void;
}

const defaultFileBytes = 2 * 1024 * 1024;
const defaultFiles = 5;

/** Opens (and makes) the log. Never throws: without a writable folder the daemon runs without a log. */
export function openLogFile(
  path: string,
  { fileBytes = defaultFileBytes, files = defaultFiles }: { fileBytes?: number; files?: number } = {},
): LogFile {
  let file = open(path);
  let size = file === null ? 0 : fstatSync(file).size;
  const rotate = (): void => {
    if (file !== null) closeSync(file);
    file = null;
    size = 0;
    shift(path, files);
    file = open(path);
  };
  return {
    write(line) {
      try {
        if (size > 0 && size + line.length > fileBytes) rotate();
        if (file !== null) size += writeSync(file, line);
      } catch {
        // A full disk must not stop the daemon.
      }
    },
    close() {
      if (file !== null) closeSync(file);
      file = null;
    },
  };
}

function open(path: string): number | null {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return openSync(path, 'a', 0o600);
  } catch {
    return null;
  }
}

/** `daemon.log` becomes `daemon.log.1`, and so on; the oldest goes. */
function shift(path: string, files: number): void {
  const name = (index: number): string => (index === 0 ? path : `${path}.${index}`);
  rmSync(name(files - 1), { force: true });
  for (let index = files - 2; index >= 0; index -= 1) {
    try {
      renameSync(name(index), name(index + 1));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
}
