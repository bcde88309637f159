/**
 * How many characters a token of each model family holds, learned from the usage that providers report, and kept over
 * a restart. Gives the factor by which a route's prompt is larger or smaller than the usual estimate.
 */
import type { Clock, TokenRatios } from '../engine/index.ts';
import { charsPerTokenOf, learnTokenRatio, noTokenRatios, parseModelName } from '../engine/index.ts';
import type { Store } from '../store/records.ts';
import { stateRecord } from './state-record.ts';

/** Names of models whose family was read; a hostile list could have any number. */
const keptNames = 5_000;
const stateKey = 'families';

export class TokenMemory {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #families = new Map<string, string>();
  #ratios: TokenRatios = noTokenRatios;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    const [kept] = store.readEngineState('tokenRatios');
    if (kept !== undefined) this.#ratios = readRatios(kept.json);
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
    this.#store.saveEngineState([stateRecord('tokenRatios', stateKey, next, this.#clock.nowMs())]);
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

/** What can't be gone on with is forgotten: estimates then start from the usual ratio. */
function readRatios(json: string): TokenRatios {
  try {
    const stored = JSON.parse(json) as Partial<TokenRatios>;
    const families = Object.entries(stored.families ?? {}).filter(
      ([, seen]) => seen.chars >= 0 && seen.tokens >= 0 && Number.isFinite(seen.chars + seen.tokens),
    );
    return stored.version === 1 ? { version: 1, families: Object.fromEntries(families) } : noTokenRatios;
  } catch {
    return noTokenRatios;
  }
}
