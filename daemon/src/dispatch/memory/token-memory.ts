/**
 * How many characters a token of each model family holds, learned from the usage that providers report, and kept over
 * a restart. Gives the factor by which a route's prompt is larger or smaller than the usual estimate.
 */
import type { Clock, TokenRatios } from '../../engine/index.ts';
import { charsPerTokenOf, learnTokenRatio, noTokenRatios, parseModelName } from '../../engine/index.ts';
import type { Store } from '../../store/store.ts';
import { StoredState } from './stored-state.ts';

/** Names of models whose family was read; a hostile list could have any number. */
const keptNames = 5_000;
const stateKey = 'families';

export class TokenMemory {
  readonly #families = new Map<string, string>();
  readonly #kept: StoredState<TokenRatios>;
  #ratios: TokenRatios;

  constructor(store: Store, clock: Clock) {
    this.#kept = new StoredState({ area: 'tokenRatios', store, clock }, readRatios);
    this.#ratios = this.#kept.get(stateKey) ?? noTokenRatios;
  }

  /** Tokens of this model for one that is estimated; 1 before any usage was reported. */
  factorOf(modelId: string): number {
    return charsPerTokenOf(noTokenRatios, '') / charsPerTokenOf(this.#ratios, this.#familyOf(modelId));
  }

  learn(modelId: string, usage: { readonly chars: number; readonly tokens: number | null }): void {
    if (usage.tokens === null) return;
    const next = learnTokenRatio(this.#ratios, this.#familyOf(modelId), { ...usage, tokens: usage.tokens });
    if (next === this.#ratios) return;
    this.#ratios = next;
    this.#kept.set(stateKey, next);
  }

  /** Models of no known family share one entry: their names may be anything. */
  #familyOf(modelId: string): string {
    const known = this.#families.get(modelId);
    if (known !== undefined) return known;
    const family = parseModelName(modelId).family ?? 'other';
    if (this.#families.size < keptNames) this.#families.set(modelId, family);
    return family;
  }
}

/** null: can't be gone on with; estimates then start from the usual ratio. */
function readRatios(stored: unknown): TokenRatios | null {
  const { version, families = {} } = (stored ?? {}) as Partial<TokenRatios>;
  if (version !== 1) return null;
  const sound = Object.entries(families).filter(
    ([, seen]) => seen.chars >= 0 && seen.tokens >= 0 && Number.isFinite(seen.chars + seen.tokens),
  );
  return { version, families: Object.fromEntries(sound) };
}
