/**
 * Which part of a prompt a server may still have in its prompt cache, from what we sent it before. Some servers leave
 * that part out of their count of prompt tokens, so a small count proves nothing as far as it reaches. Kept as hashes
 * of the text up to growing lengths: nothing of the text itself, and in memory only.
 */
import type { CallText } from '../../providers/call-text.ts';

const blockChars = 256;
/** A server keeps the last prompt of each slot; more than these are not in any cache. */
const keptPrompts = 16;
const mostBlocks = 20_000;

/**
 * A polynomial on 32 bits over some of the characters: a tenth of a millisecond for a prompt of 256 kB. Prompts that differ in
 * what is passed over alone are taken for the same, which only means that a server is trusted.
 */
const readEvery = 4;
const prime = 0x01000193;
const prime2 = Math.imul(prime, prime);
const prime3 = Math.imul(prime2, prime);
const prime4 = Math.imul(prime3, prime);
const endOfPiece = 0x1_0000;

export interface PossiblyCached {
  /** Characters at the beginning that it shares with a prompt of ours. */
  readonly ownChars: number;
  /** False: the model was in memory before we looked, with prompts that we don't know of. */
  readonly nothingElse: boolean;
}

/** Hashes of a prompt's beginnings, one block longer each. */
type Beginnings = readonly number[];

/** A prompt that was sent. While its call runs its text is there anyway; after that only hashes of it are kept. */
export class SentPrompt {
  #before: readonly SentPrompt[];
  readonly #nothingElse: boolean;
  #texts: readonly CallText[];
  #hashing: Hashing | null = null;
  #beginnings: Beginnings | null = null;

  constructor(texts: readonly CallText[], before: readonly SentPrompt[], nothingElse: boolean) {
    this.#texts = texts;
    this.#before = before;
    this.#nothingElse = nothingElse;
  }

  /** Hashes it now, and not when its call has ended. */
  read(): void {
    this.#beginnings ??= beginningsOf(this.#texts);
  }

  /** The same by and by: some 10 µs of it. False: that was the last. */
  readOn(): boolean {
    if (this.#beginnings !== null) return false;
    this.#hashing ??= new Hashing(this.#texts);
    if (this.#hashing.goOn(stepBlocks)) return true;
    this.#beginnings = this.#hashing.beginnings;
    return false;
  }

  /** To be called once its call has ended: what of it may have been cached. Linear in its length. */
  ended(): PossiblyCached {
    const own = this.beginnings;
    const shared = Math.max(0, ...this.#before.map((other) => sharedBlocks(own, other.beginnings)));
    // Nothing of the text stays, and no chain of prompts.
    this.#texts = [];
    this.#hashing = null;
    this.#before = [];
    return { ownChars: shared * blockChars, nothingElse: this.#nothingElse };
  }

  get beginnings(): Beginnings {
    return (this.#beginnings ??= beginningsOf(this.#texts));
  }
}

interface Seen {
  readonly prompts: SentPrompt[];
  /** Whether every prompt since the model was loaded is known, so that nothing else can be in its cache. */
  readonly sinceLoad: boolean;
}

export class SentPrompts {
  readonly #routes = new Map<string, Seen>();

  /** The server was seen without the model: its cache is empty, and all that follows is known. */
  wasCold(routeId: string): void {
    this.#routes.set(routeId, { prompts: [], sinceLoad: true });
  }

  /** Remembers a prompt whose call begins. */
  add(routeId: string, texts: readonly CallText[]): SentPrompt {
    const seen = this.#routes.get(routeId) ?? { prompts: [], sinceLoad: false };
    this.#routes.set(routeId, seen);
    const sent = new SentPrompt(texts, [...seen.prompts], seen.sinceLoad);
    seen.prompts.push(sent);
    if (seen.prompts.length > keptPrompts) seen.prompts.shift();
    return sent;
  }
}

function beginningsOf(texts: readonly CallText[]): Beginnings {
  const hashing = new Hashing(texts);
  hashing.goOn();
  return hashing.beginnings;
}

const stepBlocks = 128;

/** Hashes a prompt's beginnings, at once or by and by. */
class Hashing {
  readonly beginnings: number[] = [];
  readonly #pieces: readonly string[];
  /** Where it is: the piece, and the character in it. */
  #piece = 0;
  #at = 0;
  #hash = 0;
  /** Characters until the next block is full. */
  #left = blockChars;

  constructor(texts: readonly CallText[]) {
    this.#pieces = texts.flatMap(({ role, text }) => [role, text]);
  }

  /** Goes on for so many blocks; false: that was the last. */
  goOn(blocks = mostBlocks): boolean {
    const until = Math.min(mostBlocks, this.beginnings.length + blocks);
    for (; this.#piece < this.#pieces.length; this.#piece += 1) {
      this.#hashPiece(this.#pieces[this.#piece] ?? '', until);
      if (this.beginnings.length === until) return until < mostBlocks;
      // What ends a piece is no character of any.
      this.#hash = Math.imul(this.#hash, prime) + endOfPiece;
      this.#at = 0;
    }
    if (this.#left < blockChars) this.beginnings.push(this.#hash | 0);
    return false;
  }

  /** To its end, or until there are so many blocks. */
  #hashPiece(piece: string, until: number): void {
    let hash = this.#hash;
    let left = this.#left;
    let at = this.#at;
    while (at < piece.length && this.beginnings.length < until) {
      if (left >= 4 * readEvery && at + 3 * readEvery < piece.length) {
        hash = fourMore(hash, piece, at);
        at += 4 * readEvery;
        left -= 4 * readEvery;
      } else {
        hash = Math.imul(hash, prime) + piece.charCodeAt(at);
        at += readEvery;
        left -= readEvery;
      }
      if (left > 0) continue;
      this.beginnings.push(hash | 0);
      left = blockChars;
    }
    this.#hash = hash;
    this.#left = left;
    this.#at = at;
  }
}

/** Four steps at once: they need not wait for each other. */
function fourMore(hash: number, text: string, at: number): number {
  return (
    Math.imul(hash, prime4) +
    Math.imul(text.charCodeAt(at), prime3) +
    Math.imul(text.charCodeAt(at + readEvery), prime2) +
    Math.imul(text.charCodeAt(at + 2 * readEvery), prime) +
    text.charCodeAt(at + 3 * readEvery)
  );
}

/** Rounded up: the block in which they part may be shared in part. */
function sharedBlocks(a: Beginnings, b: Beginnings): number {
  let count = 0;
  while (count < a.length && count < b.length && a[count] === b[count]) count += 1;
  return count === 0 ? 0 : count + 1;
}
