/**
 * Watches whether servers read what they are sent. Only servers that are known to cut in silence are watched: Ollama,
 * and whatever speaks OpenAI's wire at an address of the developer's own. What is learned is kept over restarts.
 *
 * Two counts are not to be trusted alike. OpenAI's wire counts the whole prompt by definition, cached or not. Ollama's
 * `prompt_eval_count` left out the cached beginning in versions before July 2024 and again in spring 2026; so there a
 * small count is believed only where the cached part is named beside it, or as far as nothing can be in the cache.
 */
import type {
  Clock,
  ContextReading,
  ContextState,
  ContextVerdict,
  LearnedWindow,
} from '../../engine/index.ts';
import {
  judgeReading,
  learnReading,
  TokenFloor,
  leastTokens,
  readContextState,
  windowStillHeld,
} from '../../engine/index.ts';
import { isTextAlone, textsOf } from '../../providers/call-text.ts';
import type { CallText } from '../../providers/call-text.ts';
import type { ModelCall } from '../../providers/model-call.ts';
import type { Store } from '../../store/store.ts';
import type { Node } from '../nodes/node.ts';
import { StoredState } from '../memory/stored-state.ts';
import { SentPrompts } from './sent-prompts.ts';
import type { SentPrompt } from './sent-prompts.ts';

/** Models come and go; only the states used last are kept over a restart. */
const keptStates = 1_000;

/** From here on reading it takes more than a few microseconds. */
export const longPromptChars = 8_192;
/** Some 20 µs of reading. */
const pieceChars = 16 * 1024;

export type CutPrompt = Extract<ContextVerdict, { type: 'truncated' }>;

/** What a server said of the prompt at the end of a call. */
export interface ToldOfPrompt {
  readonly tokens: number | null;
  /** It names the cached part beside the whole, so its count is that of the whole. */
  readonly countsCached: boolean;
  /** Window that the call asked for; null: left to the server. */
  readonly askedWindow: number | null;
}

export interface WatchedPrompt {
  readonly routeId: string;
  readonly sentChars: number;
  /** The call has more than text. */
  readonly hasMore: boolean;
  /**
   * Reads all of it, once, and answers the least number of its tokens: a third of a millisecond for 256 kB, so best while
   * the server is busy with it too. A promise for a long one, which is read in pieces between which others have their turn.
   */
  readonly read: () => number | Promise<number>;
  /** Characters that may have been in the server's prompt cache; to be asked once the call has ended, however it did. */
  readonly cachedChars: () => number | 'unknown';
}

export class ContextGuard {
  readonly #states: StoredState<ContextState>;
  readonly #clock: Clock;
  readonly #sent = new SentPrompts();

  constructor(deps: { readonly store: Store; readonly clock: Clock }) {
    this.#clock = deps.clock;
    this.#states = new StoredState({ area: 'context', keep: keptStates, ...deps }, readContextState);
  }

  /** What was learned against the window that the server names, as far as it still holds. */
  learned(routeId: string, reportedWindow: number | null): LearnedWindow | null {
    return windowStillHeld(this.#state(routeId), reportedWindow, this.#clock.nowMs());
  }

  /** The server was seen without this model in memory. */
  wasCold(routeId: string): void {
    this.#sent.wasCold(routeId);
  }

  /** null: this kind of server is not watched. */
  watch(node: Node, routeId: string, call: ModelCall): WatchedPrompt | null {
    if (node.provider !== 'ollama' && node.provider !== 'openai-compatible') return null;
    const texts = textsOf(call);
    const sent = this.#sent.add(routeId, texts);
    const sentChars = texts.reduce((sum, { text }) => sum + text.length, 0);
    let least: number | Promise<number> | null = null;
    return {
      routeId,
      sentChars,
      hasMore: !isTextAlone(call),
      read: () => (least ??= (sentChars < longPromptChars ? readAtOnce : readByTurns)(sent, texts)),
      // Even where the wire counts what was cached, a server that does not is not accused over prompts sent twice.
      cachedChars() {
        const { ownChars, nothingElse } = sent.ended();
        return nothingElse || node.provider === 'openai-compatible' ? ownChars : 'unknown';
      },
    };
  }

  /**
   * Judges one answered call and learns from it; null: as far as anyone can tell, all was read.
   * @param windowNow asked only when the count leaves a doubt
   */
  async judge(
    prompt: WatchedPrompt,
    told: ToldOfPrompt,
    windowNow: () => Promise<number | null>,
  ): Promise<CutPrompt | null> {
    const { sentChars, hasMore, routeId } = prompt;
    const read = prompt.read();
    const least = typeof read === 'number' ? read : await read;
    const cachedChars = prompt.cachedChars();
    const byCount: ContextReading = {
      sentChars,
      hasMore,
      leastTokens: least,
      reportedTokens: told.tokens,
      askedWindow: told.askedWindow,
      // No text has more tokens than characters.
      cachedTokens: told.countsCached ? 0 : cachedChars,
      windowTokens: null,
    };
    const isDoubtful = judgeReading(this.#state(routeId), byCount).type !== 'complete';
    const reading = isDoubtful ? { ...byCount, windowTokens: await windowNow() } : byCount;
    const before = this.#state(routeId);
    const verdict = judgeReading(before, reading);
    const after = learnReading(before, reading, verdict, this.#clock.nowMs());
    if (after !== before) this.#states.set(routeId, after);
    return verdict.type === 'truncated' ? verdict : null;
  }

  #state(routeId: string): ContextState | null {
    return this.#states.get(routeId) ?? null;
  }
}

function readAtOnce(sent: SentPrompt, texts: readonly CallText[]): number {
  sent.read();
  return texts.reduce((sum, { text }) => sum + leastTokens(text), 0);
}

/** A turn of the event loop for each piece. */
async function readByTurns(sent: SentPrompt, texts: readonly CallText[]): Promise<number> {
  while (sent.readOn()) await nextTurn();
  let least = 0;
  for (const { text } of texts) {
    const floor = new TokenFloor(text);
    while (floor.goOn(pieceChars)) await nextTurn();
    least += floor.tokens;
  }
  return least;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** `The server read 4,096 of about 11,000 tokens`: for people, on the task. */
export function cutSentence({ readTokens, sentTokens, windowTokens }: CutPrompt): string {
  const read = readTokens === null ? `at most ${count(windowTokens)}` : count(readTokens);
  return `the server read ${read} of about ${count(roundedTokens(sentTokens))} tokens`;
}

function count(tokens: number): string {
  return tokens.toLocaleString('en-US');
}

/** An estimate has no more than two digits. */
function roundedTokens(tokens: number): number {
  return Number(tokens.toPrecision(2));
}
