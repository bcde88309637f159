/**
 * A store whose history file is applied in this thread, at once: for tests that limit the database itself, which another
 * thread would not let them reach.
 */
import type { Database } from '../../daemon/src/store/sqlite/database.ts';
import { GuardedStore } from '../../daemon/src/store/guarded-store.ts';
import type { GuardOptions } from '../../daemon/src/store/guard.ts';
import type { HistoryLink, HistoryListener } from '../../daemon/src/store/thread/history-calls.ts';
import { HistoryFile } from '../../daemon/src/store/thread/history-file.ts';
import { JournalReader } from '../../daemon/src/store/journal/journal-reader.ts';
import { JournalSignals } from '../../daemon/src/store/journal/journal-signals.ts';
import { Journal } from '../../daemon/src/store/journal/journal.ts';
import { SqliteStore } from '../../daemon/src/store/sqlite/sqlite-store.ts';
import { StorageError } from '../../daemon/src/store/storage-problem.ts';

/** `database`: of the newest schema. `isSilent`: whether nobody answers at present, as from a thread that hangs. */
export function openDirectStore(
  database: Database,
  options: GuardOptions,
  isSilent = () => false,
): GuardedStore {
  const signals = new JournalSignals();
  let listener: HistoryListener | undefined;
  const file = new HistoryFile(new SqliteStore(database), new JournalReader(database.name, signals), {
    onProblem: (problem) => listener?.onProblem(problem),
    onRefused: ({ message, code }) => listener?.onRefused(Object.assign(new Error(message), { code })),
  });
  const link: HistoryLink = {
    get fileBytes() {
      return file.bytes();
    },
    call(on, method, args) {
      if (isSilent()) throw new StorageError('HISTORY_SILENT', 'no answer');
      const answer = file.answer({ id: 1, on, method, args });
      if (answer.problem !== null) listener?.onProblem(answer.problem);
      if (answer.status === 'done') return answer.result;
      throw Object.assign(new Error(answer.error.message), { code: answer.error.code });
    },
    post: (on, method) => void file.answer({ id: 0, on, method, args: [] }),
    wake() {
      if (!isSilent()) file.follow();
    },
    revive: () => undefined,
    listen: (to) => (listener = to),
  };
  file.recover(0);
  const { lastNumber, content } = file.beginning();
  const journal = new Journal(database.name, signals, lastNumber);
  return new GuardedStore({ link, journal, content }, options, null);
}
