/**
 * Identifiers that sort by the time they were made (UUID version 7), so that rows keyed by them lie together in the
 * database and a list of them reads as a history.
 */
import { randomUUID } from 'node:crypto';

/**
 * A new identifier for the instant `nowMs`. The 74 random bits make it unguessable enough to be unique, not secret. They are
 * those of a version 4 identifier, of which the platform keeps a supply, so that one takes less than a microsecond.
 */
export function newId(nowMs: number): string {
  const time = nowMs.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
