/**
 * Finds what JSON.parse does not tell: where the value of the top-level `model` stands in the bytes, so that it can be
 * replaced in place, and whether a key stands there twice. Of two equal keys one reader takes the first and another the
 * last, so a request could mean one thing here and another at the provider.
 *
 * One pass over text that JSON.parse has accepted: strings are jumped over, and nothing is decoded but top-level keys.
 */
export type TopLevel =
  | {
      readonly type: 'scanned';
      /** From and to as positions in the text; the value with its quotes. Null: there is no `model`. */
      readonly modelAt: readonly [from: number, to: number] | null;
    }
  | { readonly type: 'duplicate'; readonly key: string }
  | { readonly type: 'tooDeep' };

const quote = 0x22;
const backslash = 0x5c;

/**
 * @param text a JSON object, valid
 * @param maxDepth of objects and lists within each other
 */
export function scanTopLevel(text: string, maxDepth: number): TopLevel {
  const keys = new Set<string>();
  let modelAt: readonly [number, number] | null = null;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case quote: {
        const end = endOfString(text, at);
        if (depth === 1 && isKey(text, end)) {
          const key = decoded(text.slice(at, end));
          if (keys.has(key)) return { type: 'duplicate', key };
          keys.add(key);
          if (key === 'model') modelAt = valueAt(text, end);
        }
        at = end - 1;
        break;
      }
      case 0x7b: // {
      case 0x5b: // [
        depth += 1;
        if (depth > maxDepth) return { type: 'tooDeep' };
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth -= 1;
        break;
      default:
    }
  }
  return { type: 'scanned', modelAt };
}

/** Behind the closing quote of the string that begins at `from`. */
function endOfString(text: string, from: number): number {
  for (let at = from + 1; ; at += 1) {
    at = text.indexOf('"', at);
    if (at === -1) return text.length;
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === backslash) slashes += 1;
    if (slashes % 2 === 0) return at + 1;
  }
}

/** Within an object only a key has a colon behind it. */
function isKey(text: string, end: number): boolean {
  return text.charCodeAt(afterSpace(text, end)) === 0x3a;
}

function valueAt(text: string, keyEnd: number): readonly [number, number] | null {
  const from = afterSpace(text, afterSpace(text, keyEnd) + 1);
  return text.charCodeAt(from) === quote ? [from, endOfString(text, from)] : null;
}

function afterSpace(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= 0x20) at += 1;
  return at;
}

function decoded(quoted: string): string {
  return quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
}
