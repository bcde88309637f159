/** Which keys the schema knows at a place, and which of them a misspelt one most likely means. */
import { configJsonSchema, type JsonSchema } from './json-schema.ts';

/** The schema's keys by place. Made per check, and the schema only when a key is unknown: most files have none. */
export class KnownKeys {
  #schema: JsonSchema | null = null;

  /** Keys the schema allows in the object at `path`. */
  at(path: readonly (string | number)[]): readonly string[] {
    let schema: JsonSchema | undefined = (this.#schema ??= configJsonSchema());
    for (const part of path) {
      schema = typeof part === 'number' ? schema?.items : schema?.properties?.[part];
    }
    return Object.keys(schema?.properties ?? {});
  }
}

/** The known key with the fewest edits, and how many; null when nothing is known here. */
export function nearestKey(
  key: string,
  known: readonly string[],
): { readonly key: string; readonly edits: number } | null {
  // Keys are short; a longer text has no meaningful neighbour and would only cost time.
  const typed = key.slice(0, 100).toLowerCase();
  const ranked = known
    .map((candidate) => ({ key: candidate, edits: editDistance(typed, candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  return ranked[0] ?? null;
}

/** Levenshtein: insertions, deletions and replacements that turn `a` into `b`; one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
