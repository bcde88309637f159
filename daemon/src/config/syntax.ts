/** What the JSON parser itself does not object to, but a configuration should not contain. */
import { type Node, createScanner } from 'jsonc-parser';

/** Far beyond the deepest place of the schema, far below what a recursive parser survives. */
const maxDepth = 32;

// The scanner's token numbers; the package declares them as a const enum, which type stripping can't read.
const openers: ReadonlySet<number> = new Set([1, 3]);
const closers: ReadonlySet<number> = new Set([2, 4]);
const endOfFile = 17;

/** Scans instead of parsing, because parsers of JSON descend recursively and a few kilobytes of `[` end them. */
export function isTooDeep(text: string): boolean {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (let token: number = scanner.scan(); token !== endOfFile; token = scanner.scan()) {
    if (openers.has(token)) depth += 1;
    else if (closers.has(token)) depth -= 1;
    if (depth > maxDepth) return true;
  }
  return false;
}

/** JSON lets the last of two equal keys win in silence; here both are named. */
export function findDuplicateKeys(node: Node): Node[] {
  const children = node.children ?? [];
  const nested = children.flatMap(findDuplicateKeys);
  if (node.type !== 'object') return nested;
  const seen = new Set<unknown>();
  const duplicates = children.flatMap((property) => {
    const key = property.children?.[0];
    if (key === undefined || !seen.has(key.value)) {
      seen.add(key?.value);
      return [];
    }
    return [key];
  });
  return [...duplicates, ...nested];
}
