/** Which errors mean that the history can't be written or read now, in words; all others are mistakes of ours. */

/** Of our own files and threads; `code` as SQLite's and the system's errors have one. */
export class StorageError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export const threadGone = 'The thread that writes the history has ended; it is started again.';

const problems: readonly (readonly [RegExp, string])[] = [
  [/^(SQLITE_FULL|ENOSPC|EDQUOT)/, 'The disk is full, so history is not written.'],
  [
    /^(SQLITE_IOERR|EIO$|EFBIG$|EMFILE$|ENFILE$|EBADF$|ENOENT$)/,
    'The history file can’t be read or written.',
  ],
  [/^(SQLITE_(READONLY|PERM|CANTOPEN|AUTH)|EROFS$|EACCES$|EPERM$)/, 'The history file is read-only.'],
  [/^SQLITE_(BUSY|LOCKED)/, 'Another program holds the history file.'],
  [
    /^(SQLITE_(CORRUPT|NOTADB)|JOURNAL_DAMAGED)/,
    'The history file is damaged; it is looked at and replaced at the next start.',
  ],
  [/^HISTORY_READER/, 'Another program keeps the history file open for reading, so it can’t be tidied.'],
  [/^HISTORY_SILENT/, 'The history file does not answer; the disk may be very slow.'],
  [/^HISTORY_GONE/, threadGone],
];

/** null: not a matter of storage. */
export function storageProblem(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  const code = String(error.code);
  return problems.find(([pattern]) => pattern.test(code))?.[1] ?? null;
}
