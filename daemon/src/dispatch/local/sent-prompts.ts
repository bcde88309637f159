/**
 * Which part of a prompt a server may still have in its prompt cache, from what we sent it before. Some servers leave
 * that part out of their count of prompt tokens, so a small count proves nothing as far as it reaches. Kept as hashes
 * of the text up to growing lengths: nothing of the text itself, and in memory only.
 */
import { createHash } from 'node:crypto';
import type { CallText } from '../../providers/call-text.ts';

const blockChars = 256;
/** A server keeps the last prompt of each slot; more than these are not in any cache. */
const keptPrompts = 16;
const mostBlocks = 20_000;

export interface PossiblyCached {
  /** Characters at the beginning that it shares with a prompt of ours. */
  readonly ownChars: number;
  /** False: the model was in memory before we looked, with prompts that we don't know of. */
  readonly nothingElse: boolean;
}

/** Hashes of a prompt's beginnings, one block longer each. */
type Beginnings = readonly string[];

interface Seen {
  readonly prompts: Beginnings[];
  /** Whether every prompt since the model was loaded is known, so that nothing else can be in its cache. */
  sinceLoad: boolean;
}

export class SentPrompts {
  readonly #routes = new Map<string, Seen>();

  /** The server was seen without the model: its cache is empty, and all that follows is known. */
  wasCold(routeId: string): void {
    this.#routes.set(routeId, { prompts: [], sinceLoad: true });
  }

  /** What of this prompt may be cached; remembers the prompt. */
  add(routeId: string, texts: readonly CallText[]): PossiblyCached {
    const seen = this.#routes.get(routeId) ?? { prompts: [], sinceLoad: false };
    this.#routes.set(routeId, seen);
    const own = beginningsOf(texts);
    const shared = Math.max(0, ...seen.prompts.map((other) => sharedBlocks(own, other)));
    seen.prompts.push(own);
    if (seen.prompts.length > keptPrompts) seen.prompts.shift();
    return { ownChars: shared * blockChars, nothingElse: seen.sinceLoad };
  }
}

function beginningsOf(texts: readonly CallText[]): Beginnings {
  const text = texts.map(({ role, text: each }) => `${role}\n${each}\n`).join('');
  const hash = createHash('sha256');
  const beginnings: string[] = [];
  for (let at = 0; at < text.length && beginnings.length < mostBlocks; at += blockChars) {
    hash.update(text.slice(at, at + blockChars));
    beginnings.push(hash.copy().digest('base64').slice(0, 12));
  }
  return beginnings;
}

/** Rounded up: the block in which they part may be shared in part. */
function sharedBlocks(a: Beginnings, b: Beginnings): number {
  let count = 0;
  while (count < a.length && count < b.length && a[count] === b[count]) count += 1;
  return count === 0 ? 0 : count + 1;
}
