/**
 * Reads @pydantic/genai-prices: which ids it takes for one model, and what that model costs on a day. Its own matching and
 * its own choice among dated prices are used, never a copy of them.
 */
import { calcPrice, findProvider } from '@pydantic/genai-prices';
import type { MatchLogic, ModelInfo, ModelPrice, Provider } from '@pydantic/genai-prices';
import type { PriceRow } from '../../daemon/src/catalog/snapshot.ts';
import { mayChat } from '../../daemon/src/providers/model-list.ts';

/** The ids that a matching rule names outright. */
export function equalsIn(match: MatchLogic): string[] {
  if ('equals' in match) return [match.equals];
  if ('or' in match) return match.or.flatMap(equalsIn);
  return [];
}

/** Matching runs through hundreds of rules, and every id is asked for several times. */
const resolved = new Map<string, ModelInfo | undefined>();

/** The model that the package takes an id for, at one provider. */
export function resolve(provider: Provider, id: string): ModelInfo | undefined {
  const question = `${provider.id} ${id}`;
  if (!resolved.has(question)) {
    resolved.set(question, id === '' ? undefined : calcPrice({ input_tokens: 1 }, id, { provider })?.model);
  }
  return resolved.get(question);
}

/** Throws for a name the package has no more: the list of places is out of date then. */
export function providerOf(source: string): Provider {
  const provider = findProvider({ providerId: source });
  if (provider === undefined) throw new Error(`genai-prices has no ${source} any more`);
  return provider;
}

/** A model that writes text for text: it has both prices, and its name gives no sign of another trade. */
export function isChat(info: ModelInfo): boolean {
  const alternatives = Array.isArray(info.prices) ? info.prices.map(({ prices }) => prices) : [info.prices];
  const isPriced = alternatives.some(
    ({ input_mtok, output_mtok }) => input_mtok !== undefined && output_mtok !== undefined,
  );
  return (isPriced || info.context_window !== undefined) && mayChat(info.id) && !info.id.startsWith('ft:');
}

/** The price on that day. Where it changes over the day the highest counts, so that no estimate is too low. */
export function pricesOf(source: string, info: ModelInfo, ids: readonly string[], asOf: string) {
  const provider = providerOf(source);
  const id = [info.id, ...ids].find((each) => resolve(provider, each)?.id === info.id);
  if (id === undefined) return null;
  const hours = Array.from(
    { length: Array.isArray(info.prices) ? 24 : 1 },
    (_, hour) => new Date(`${asOf}T${String(hour).padStart(2, '0')}:15:00Z`),
  );
  const prices = hours.map(
    (timestamp) => calcPrice({ input_tokens: 1, output_tokens: 1 }, id, { provider, timestamp })?.model_price,
  );
  const highest = prices
    .filter((price) => price !== undefined)
    .sort((a, b) => (base(b['output_mtok']) ?? 0) - (base(a['output_mtok']) ?? 0))[0];
  if (highest === undefined) return null;
  const price = priceRow(highest, base);
  const from = tierStart(highest);
  if (price === null) return null;
  const long = from === null ? null : priceRow(highest, (value) => tier(value) ?? base(value));
  return { price, ...(from === null || long === null ? {} : { long: { from, price: long } }) };
}

type Price = ModelPrice[string];

function priceRow(price: ModelPrice, read: (value: Price) => number | null): PriceRow | null {
  const [input, output] = [read(price['input_mtok']), read(price['output_mtok'])];
  if (input === null || output === null) return null;
  const [cacheRead, cacheWrite] = [read(price['cache_read_mtok']), read(price['cache_write_mtok'])];
  if (cacheWrite !== null) return [input, output, cacheRead, cacheWrite];
  return cacheRead === null ? [input, output] : [input, output, cacheRead];
}

function base(value: Price): number | null {
  return typeof value === 'object' ? value.base : (value ?? null);
}

function tier(value: Price): number | null {
  return typeof value === 'object' ? (value.tiers[0]?.price ?? null) : null;
}

function tierStart(price: ModelPrice): number | null {
  const starts = [price['input_mtok'], price['output_mtok']].map((each) =>
    typeof each === 'object' ? each.tiers[0]?.start : undefined,
  );
  return starts.find((start) => start !== undefined) ?? null;
}

/** Whether the package's own rule takes any date behind the id for the same model. */
export function isDated(source: string, info: ModelInfo | null, id: string): boolean {
  if (info === null) return false;
  const provider = providerOf(source);
  const forms = [
    ['20260115', '20270630'],
    ['2026-01-15', '2027-06-30'],
  ];
  return forms.some((dates) => dates.every((date) => resolve(provider, `${id}-${date}`)?.id === info.id));
}
