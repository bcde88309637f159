/**
 * Finds a model in the catalogue. Three ways, each with its own right: the exact id; an alias, which the catalogue's
 * source itself takes for the same model; and the family, a similar name. A family tells abilities, never a price: two
 * models of one name cost different amounts at different places, and a wrong price is worse than none.
 */
import type { Capabilities, Prices, ProviderKind } from '@task-router/protocol';
import { isLoopbackUrl } from '@task-router/protocol';
import { familyOf, runsInCloud, withoutDate } from './model-name.ts';
import { snapshot } from './snapshot.ts';
import type { ModelRow, PriceRow } from './snapshot.ts';

export interface CatalogModel {
  /** The catalogue's name for it, usable with its vendor; not always the one that was asked for. */
  readonly modelId: string;
  readonly label: string;
  readonly match: 'exact' | 'alias' | 'family';
  /** Tokens; null: unknown. */
  readonly contextWindow: number | null;
  readonly maxOutputTokens: number | null;
  readonly capabilities: Capabilities;
  /** null: unknown, and always for a family. 0 only for what runs on this machine. */
  readonly prices: Prices | null;
  /** Prices of longer prompts, where they cost more; `prices` holds below. */
  readonly longPrompt: { readonly fromTokens: number; readonly prices: Prices } | null;
  /**
   * Dollars per million output tokens of a model of this name at its vendor: tells the class of a model whose own price
   * is unknown here. Never to be used as a cost.
   */
  readonly classPricePerMTok: number | null;
  /** Superseded or no longer served by its vendor. */
  readonly isOld: boolean;
}

export interface ModelQuery {
  readonly provider: ProviderKind;
  readonly modelId: string;
  /** Where it is called; without it the vendor's own address is meant. Gateways on the OpenAI wire have prices only with it. */
  readonly baseUrl?: string | null;
}

/** Version of all that is known here: date and hash. Part of every stored decision. */
export const catalogVersion: string = snapshot.version;

/** What runs on this machine costs nothing but its electricity. */
export const localPrices: Prices = { inputPerMTok: 0, outputPerMTok: 0 };

/** Sources that speak of their own models come first, then the one that speaks of everybody's. */
const familySources = [
  'anthropic',
  'openai',
  'google',
  'x-ai',
  'deepseek',
  'mistral',
  'moonshotai',
  'zai',
  'minimax',
];

const index = buildIndex();

/** null: nothing is known of a model of this name. Same question, same answer, within one version. */
export function lookupModel(query: ModelQuery): CatalogModel | null {
  const source = sourceOf(query);
  const exact = source === null ? undefined : index.bySource.get(source)?.get(query.modelId);
  const named = exact ?? (source === null ? undefined : datedAlias(source, query.modelId));
  const found = named ?? family(query.modelId);
  if (found === undefined) return null;
  const model = toCatalogModel(found.row, found.match);
  if (isLocal(query)) return { ...model, prices: localPrices, longPrompt: null };
  return found.match === 'family' ? { ...model, prices: null, longPrompt: null } : model;
}

/** A vendor's current models, newest and largest first, by the names its interface takes. Empty for other kinds. */
export function listCatalogModels(provider: ProviderKind): readonly CatalogModel[] {
  return (snapshot.models[provider] ?? [])
    .filter(({ rank }) => rank !== undefined)
    .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
    .map((row) => toCatalogModel(row, 'exact'));
}

interface Found {
  readonly row: ModelRow;
  readonly match: CatalogModel['match'];
}

function buildIndex() {
  const bySource = new Map<string, Map<string, Found>>();
  const byFamily = new Map<string, ModelRow>();
  const rest = Object.keys(snapshot.models).filter((source) => !familySources.includes(source));
  for (const source of [...familySources, ...rest]) {
    const rows = snapshot.models[source] ?? [];
    bySource.set(
      source,
      new Map<string, Found>([
        ...rows.flatMap((row) => (row.also ?? []).map((id) => [id, { row, match: 'alias' }] as const)),
        ...rows.map((row) => [row.id, { row, match: 'exact' }] as const),
      ]),
    );
    // A row that knows abilities is of more use here than one that knows only a price.
    for (const row of [...rows].sort((a, b) => Number(a.can === undefined) - Number(b.can === undefined))) {
      for (const id of [row.id, ...(row.also ?? [])]) {
        const before = byFamily.get(familyOf(id));
        if (before === undefined || (before.can === undefined && row.can !== undefined))
          byFamily.set(familyOf(id), row);
      }
    }
  }
  return { bySource, byFamily };
}

/** null: a place whose names and prices the catalogue does not know. */
function sourceOf({ provider, baseUrl }: ModelQuery): string | null {
  switch (provider) {
    case 'openai':
    case 'anthropic':
    case 'google':
      return baseUrl === undefined || baseUrl === null ? provider : hostSource(baseUrl);
    case 'openai-compatible':
      return baseUrl === undefined || baseUrl === null ? null : hostSource(baseUrl);
    case 'editor':
      return 'editor';
    case 'ollama':
      return null;
  }
}

function hostSource(baseUrl: string): string | null {
  const host = URL.parse(baseUrl)?.hostname ?? '';
  return Object.hasOwn(snapshot.hosts, host) ? (snapshot.hosts[host] ?? null) : null;
}

/** `<id>-<date>` where the source's own rule gives every date of that id one price. */
function datedAlias(source: string, modelId: string): Found | undefined {
  const base = withoutDate(modelId);
  const found = base === null ? undefined : index.bySource.get(source)?.get(base);
  return found?.row.dated === true ? { row: found.row, match: 'alias' } : undefined;
}

function family(modelId: string): Found | undefined {
  const row = index.byFamily.get(familyOf(modelId));
  return row === undefined ? undefined : { row, match: 'family' };
}

/** Ollama runs what it lists, except its cloud models, which answer through the same local server. */
function isLocal({ provider, modelId, baseUrl }: ModelQuery): boolean {
  if (provider !== 'ollama' || runsInCloud(modelId)) return false;
  return baseUrl === undefined || baseUrl === null || isLoopbackUrl(baseUrl);
}

function toCatalogModel(row: ModelRow, match: CatalogModel['match']): CatalogModel {
  return {
    modelId: row.id,
    label: row.name ?? row.id,
    match,
    contextWindow: row.context ?? null,
    maxOutputTokens: row.output ?? null,
    capabilities: {
      tools: ability(row, 'T'),
      vision: ability(row, 'V'),
      reasoning: ability(row, 'R'),
      // Neither source of the catalogue tells.
      structuredOutput: null,
    },
    prices: row.price === undefined ? null : toPrices(row.price),
    longPrompt:
      row.long === undefined ? null : { fromTokens: row.long.from, prices: toPrices(row.long.price) },
    classPricePerMTok: row.price?.[1] ?? index.byFamily.get(familyOf(row.id))?.price?.[1] ?? null,
    isOld: row.old === true,
  };
}

function ability({ can = '' }: ModelRow, letter: string): boolean | null {
  if (can.includes(letter)) return true;
  return can.includes(letter.toLowerCase()) ? false : null;
}

function toPrices([input, output, cacheRead, cacheWrite]: PriceRow): Prices {
  return {
    inputPerMTok: input,
    outputPerMTok: output,
    ...(typeof cacheRead === 'number' ? { cacheReadPerMTok: cacheRead } : {}),
    ...(typeof cacheWrite === 'number' ? { cacheWritePerMTok: cacheWrite } : {}),
  };
}
