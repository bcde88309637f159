/** Which of SQLite's errors mean that the file can't be written or read now, in words; all others are mistakes of ours. */

const problems: readonly (readonly [RegExp, string])[] = [
  [/^SQLITE_FULL/, 'The disk is full, so history is not written.'],
  [/^SQLITE_IOERR/, 'The history file can’t be read or written.'],
  [/^SQLITE_(READONLY|PERM|CANTOPEN|AUTH)/, 'The history file is read-only.'],
  [/^SQLITE_(BUSY|LOCKED)/, 'Another program holds the history file.'],
  [
    /^SQLITE_(CORRUPT|NOTADB)/,
    'The history file is damaged; it is looked at and replaced at the next start.',
  ],
];

/** null: not a matter of storage. */
export function storageProblem(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  const code = String(error.code);
  return problems.find(([pattern]) => pattern.test(code))?.[1] ?? null;
}
