/**
 * `node scripts/generate-catalog.ts`: writes daemon/src/catalog/snapshot.json from two packages and prints where they
 * disagree. Prices, exact ids and windows come from @pydantic/genai-prices, whose own matching decides which ids are one
 * model; abilities, answer lengths, editor and OpenRouter names from llm-zoo. With `--check` nothing is written and a
 * stale file is an error. Neither package is asked over the network, and the output follows from them and the date.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { join } from 'node:path';
import type { ModelInfo, Provider } from '@pydantic/genai-prices';
import { MODEL_CONFIGS } from 'llm-zoo';
import type { ModelConfig } from 'llm-zoo';
import { familyOf } from '../daemon/src/catalog/model-name.ts';
import type { ModelRow, PriceRow, Snapshot } from '../daemon/src/catalog/snapshot.ts';
import { mayChat } from '../daemon/src/providers/model-list.ts';
import { equalsIn, isChat, isDated, pricesOf, providerOf, resolve } from './catalog/listed-prices.ts';

/** Places whose prices are kept: source in genai-prices → host of its interface, and its vendor's name in llm-zoo. */
const places: readonly { readonly source: string; readonly host: string; readonly vendor?: string }[] = [
  { source: 'anthropic', host: 'api.anthropic.com', vendor: 'anthropic' },
  { source: 'cerebras', host: 'api.cerebras.ai' },
  { source: 'deepseek', host: 'api.deepseek.com', vendor: 'deepseek' },
  { source: 'fireworks', host: 'api.fireworks.ai' },
  { source: 'google', host: 'generativelanguage.googleapis.com', vendor: 'google' },
  { source: 'groq', host: 'api.groq.com' },
  { source: 'minimax', host: 'api.minimax.io', vendor: 'minimax' },
  { source: 'mistral', host: 'api.mistral.ai' },
  { source: 'moonshotai', host: 'api.moonshot.ai', vendor: 'moonshot' },
  { source: 'novita', host: 'api.novita.ai' },
  { source: 'openai', host: 'api.openai.com', vendor: 'openai' },
  { source: 'openrouter', host: 'openrouter.ai' },
  { source: 'together', host: 'api.together.xyz' },
  { source: 'x-ai', host: 'api.x.ai', vendor: 'xai' },
  { source: 'zai', host: 'api.z.ai', vendor: 'glm' },
];
/** Models inside an editor: windows from the editor vendor's list, abilities from llm-zoo, never a price. */
const editorSource = 'editor';
const editorPrices = 'github-copilot';

const file = join(import.meta.dirname, '../daemon/src/catalog/snapshot.json');
const notes: string[] = [];
const compared = new Set<string>();

interface Draft {
  readonly id: string;
  readonly info: ModelInfo | null;
  readonly ids: Set<string>;
  readonly zoo: ModelConfig[];
}

main();

function main(): void {
  const checks = process.argv.includes('--check');
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Snapshot) : null;
  const asOf = checks && before !== null ? before.pricesAsOf : new Date().toISOString().slice(0, 10);
  const text = render(snapshot(asOf));
  if (!checks) {
    writeFileSync(file, text);
    for (const note of [...new Set(notes)].sort()) console.log(note);
    console.log(`${new Set(notes).size} of ${compared.size} prices differ; those of genai-prices were used`);
    console.log(`written: ${Math.round(text.length / 1024)} kB as of ${asOf}`);
  } else if (before === null || readFileSync(file, 'utf8') !== text) {
    console.error('stale: daemon/src/catalog/snapshot.json; run `node scripts/generate-catalog.ts`');
    process.exitCode = 1;
  }
}

function snapshot(asOf: string): Snapshot {
  const models = Object.fromEntries([
    ...places.map(({ source, vendor }) => [source, rowsOf(source, vendor, asOf)] as const),
    [editorSource, editorRows()] as const,
  ]);
  const content = {
    pricesAsOf: asOf,
    packages: {
      '@pydantic/genai-prices': versionOf('@pydantic/genai-prices'),
      'llm-zoo': versionOf('llm-zoo'),
    },
    hosts: Object.fromEntries(places.map(({ source, host }) => [host, source])),
    models,
  };
  const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  return { version: `${asOf}.${hash.slice(0, 12)}`, ...content };
}

/** One model a line, so that a change of one price is a change of one line. */
function render(content: Snapshot): string {
  const { models, ...head } = content;
  const sources = Object.entries(models).map(
    ([source, rows]) =>
      `${JSON.stringify(source)}: [\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]`,
  );
  return `${JSON.stringify(head, null, 2).replace(/\n\}$/, '')},\n"models": {\n${sources.join(',\n')}\n}}\n`;
}

function rowsOf(source: string, vendor: string | undefined, asOf: string): ModelRow[] {
  const provider = providerOf(source);
  const drafts = draftsOf(provider);
  const zoo = zooEntries().filter((each) =>
    source === 'openrouter'
      ? each.openrouterFullName !== undefined
      : each.provider === vendor && !each.openRouterOnly,
  );
  zoo.forEach((each) => joinZoo(drafts, provider, each));
  if (vendor === undefined && source !== 'openrouter') joinByFamily(drafts);
  const ranks = rankOf(zoo);
  return finish(drafts.map((draft) => rowOf(draft, source, asOf, ranks.get(draft.zoo[0]?.fullName ?? ''))));
}

function draftsOf(provider: Provider): Draft[] {
  const drafts = provider.models
    .filter(isChat)
    .map((info): Draft => ({ id: info.id, info, ids: new Set(), zoo: [] }));
  const byInfo = new Map(drafts.map((draft) => [draft.info?.id, draft]));
  for (const id of provider.models.flatMap(({ id: own, match }) => [own, ...equalsIn(match)])) {
    const draft = byInfo.get(resolve(provider, id)?.id);
    if (draft !== undefined && mayChat(id)) draft.ids.add(id);
  }
  return drafts;
}

/** Puts an entry of llm-zoo to the model that its ids mean here, or adds the model. */
function joinZoo(drafts: Draft[], provider: Provider, zoo: ModelConfig): void {
  const ids = provider.id === 'openrouter' ? [zoo.openrouterFullName ?? ''] : [zoo.fullName, zoo.shortName];
  const known = ids.map((id) => resolve(provider, id)).find((info) => info !== undefined);
  let draft = drafts.find(({ info, zoo: entries }) =>
    known ? info?.id === known.id : entries[0]?.fullName === zoo.fullName,
  );
  if (draft === undefined) {
    if (known !== undefined || !mayChat(zoo.fullName)) return;
    draft = { id: ids[0] ?? zoo.fullName, info: null, ids: new Set(), zoo: [] };
    drafts.push(draft);
  }
  for (const id of ids) if (known === undefined || resolve(provider, id)?.id === known.id) draft.ids.add(id);
  draft.zoo.push(zoo);
}

/** Elsewhere models have the host's own names: abilities go by family, which is good enough for abilities. */
function joinByFamily(drafts: readonly Draft[]): void {
  const families = new Map(zooEntries().map((zoo) => [familyOf(zoo.shortName), zoo]));
  for (const draft of drafts) {
    const zoo = families.get(familyOf(draft.id));
    if (zoo !== undefined) draft.zoo.push(zoo);
  }
}

function rowOf(draft: Draft, source: string, asOf: string, rank: number | undefined): ModelRow {
  const { info, zoo } = draft;
  const plain = plainOf(zoo);
  const priced = info === null ? null : pricesOf(source, info, [...draft.ids], asOf);
  const second = secondPrice(source, plain);
  if (priced !== null && second !== undefined) compare(`${source} ${draft.id}`, priced.price, second);
  const id = pickId(draft, source, plain);
  return compact<ModelRow>({
    ...describe(draft, id),
    dated: isDated(source, info, id) ? true : undefined,
    price: priced?.price ?? second,
    long: priced?.long,
    old: zoo.length > 0 && zoo.every(isOver) ? true : undefined,
    rank,
  });
}

/** Everything but money and age. */
function describe({ ids, info, zoo }: Draft, id: string): ModelRow {
  const plain = plainOf(zoo);
  const also = [...ids].filter((each) => each !== id).sort();
  return compact<ModelRow>({
    id,
    name: nameOf(info, plain),
    also: also.length === 0 ? undefined : also,
    context: info?.context_window ?? plain?.contextWindow,
    output: plain?.maxOutputTokens,
    can: plain === undefined ? undefined : abilities(zoo),
  });
}

/** Vendors' spelling where the package has it; llm-zoo marks variants that are the same model on the wire. */
function nameOf(info: ModelInfo | null, zoo: ModelConfig | undefined): string | undefined {
  const spelled =
    info?.name !== undefined && /^[A-Z]/.test(info.name) ? info.name : (zoo?.label ?? info?.name);
  return spelled?.replace(/ \((?:Thinking|Limited Availability)\)$/, '');
}

/** llm-zoo has the prices of vendors and of OpenRouter, not those of other hosts of the same models. */
function secondPrice(source: string, zoo: ModelConfig | undefined): PriceRow | undefined {
  const tells =
    source === 'openrouter' || places.some((place) => place.source === source && place.vendor !== undefined);
  return zoo === undefined || !tells ? undefined : [zoo.inputPrice, zoo.outputPrice];
}

function isOver({ deprecated, retired }: ModelConfig): boolean {
  return deprecated === true || retired === true;
}

function compact<Row extends object>(row: { readonly [Key in keyof Row]: Row[Key] | undefined }): Row {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as Row;
}

/** Among the variants of one model, the one without extra speed or effort. */
function plainOf(zoo: readonly ModelConfig[]): ModelConfig | undefined {
  return (
    zoo.find(
      ({ serviceTier, capabilities }) =>
        serviceTier === undefined && capabilities.reasoningMode === undefined,
    ) ?? zoo[0]
  );
}

/** The name a caller would use: the vendor's short one when it means this very model. */
function pickId({ id, ids }: Draft, source: string, zoo: ModelConfig | undefined): string {
  const wanted = source === 'openrouter' ? zoo?.openrouterFullName : zoo?.shortName;
  return wanted !== undefined && ids.has(wanted) ? wanted : id;
}

function abilities(zoo: readonly ModelConfig[]): string {
  // Variants of one model (with and without thinking) are entries of their own there.
  const variants = zooEntries().filter(({ fullName }) => zoo.some((each) => each.fullName === fullName));
  const any = (test: (entry: ModelConfig) => boolean, letter: string) =>
    variants.some(test) ? letter : letter.toLowerCase();
  return (
    any(({ capabilities }) => capabilities.supportsFunctionCalling, 'T') +
    any(({ capabilities }) => capabilities.supportsVision, 'V') +
    any(({ capabilities }) => capabilities.supportsReasoning, 'R')
  );
}

function compare(what: string, used: PriceRow, zoo: PriceRow): void {
  compared.add(what);
  if (used[0] === zoo[0] && used[1] === zoo[1]) return;
  notes.push(
    `${what}: genai-prices ${used[0]}/${used[1]}, llm-zoo ${zoo[0]}/${zoo[1]} USD per million tokens`,
  );
}

/** A vendor's current models in llm-zoo's order. */
function rankOf(zoo: readonly ModelConfig[]): ReadonlyMap<string, number> {
  const current = zoo.filter((each) => !isOver(each) && !each.openRouterOnly);
  return new Map([...new Set(current.map(({ fullName }) => fullName))].map((name, index) => [name, index]));
}

function editorRows(): ModelRow[] {
  const copilot = providerOf(editorPrices);
  const drafts = draftsOf(copilot);
  for (const zoo of zooEntries()) {
    const ids = [zoo.vscodeLMFullName, zoo.copilotFullName].filter((id) => id !== undefined);
    for (const id of ids) {
      const info = resolve(copilot, id) ?? null;
      let draft = drafts.find((each) => (info === null ? each.ids.has(id) : each.info?.id === info.id));
      if (draft === undefined) drafts.push((draft = { id, info: null, ids: new Set([id]), zoo: [] }));
      draft.ids.add(id);
      draft.zoo.push(zoo);
    }
  }
  return finish(drafts.map((draft) => describe(draft, draft.id)));
}

/** Sorted, one row per id; an id that is one model's name is no other model's alias. */
function finish(rows: readonly ModelRow[]): ModelRow[] {
  const ids = new Set(rows.map(({ id }) => id));
  const taken = new Set<string>();
  return [...new Map(rows.map((row) => [row.id, row])).values()]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ also = [], ...row }) => {
      const own = also.filter((id) => !ids.has(id) && !taken.has(id));
      own.forEach((id) => taken.add(id));
      return own.length === 0 ? row : { ...row, also: own };
    });
}

function zooEntries(): readonly ModelConfig[] {
  return Object.values(MODEL_CONFIGS);
}

function versionOf(name: string): string {
  const manifest = readFileSync(findPackageJSON(name, import.meta.url) ?? '', 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
