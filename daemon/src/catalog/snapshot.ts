/**
 * The form of snapshot.json, which scripts/generate-catalog.ts writes. Names are short because it travels in every
 * bundle; `lookup.ts` gives it back in words.
 */
import data from './snapshot.json' with { type: 'json' };

/** US dollars per million tokens: input, output, cache read, cache write. null: not told. */
export type PriceRow = readonly [
  input: number,
  output: number,
  cacheRead?: number | null,
  cacheWrite?: number | null,
];

export interface ModelRow {
  readonly id: string;
  readonly name?: string;
  /** Other exact ids of the same model at the same place. */
  readonly also?: readonly string[];
  /** The source's own rule gives `<id>-<date>` the same price. */
  readonly dated?: true;
  readonly context?: number;
  readonly output?: number;
  /** `T` tools, `V` vision, `R` reasoning; in lower case: it can't. A missing letter: unknown. */
  readonly can?: string;
  readonly price?: PriceRow;
  /** Prices of prompts of more than `from` tokens. */
  readonly long?: { readonly from: number; readonly price: PriceRow };
  /** Superseded or no longer served. */
  readonly old?: true;
  /** Position among a vendor's current models, newest and largest first; only on those. */
  readonly rank?: number;
}

export interface Snapshot {
  /** Date and hash of everything below. */
  readonly version: string;
  /** Day for which prices that change with time were taken. */
  readonly pricesAsOf: string;
  readonly packages: Readonly<Record<string, string>>;
  /** Host of an interface → its source. */
  readonly hosts: Readonly<Record<string, string>>;
  /** Source → its models, sorted by id. */
  readonly models: Readonly<Record<string, readonly ModelRow[]>>;
}

// Generated and checked by a test; reading it with a schema would only cost every start a few milliseconds.
export const snapshot = data as unknown as Snapshot;
