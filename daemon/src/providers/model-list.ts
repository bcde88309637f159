/** What all model lists share: bounds, and which entries can't chat. */
import type { ServerModel } from './provider.ts';
import { limits } from '@task-router/protocol';

/** Pages of one list; with the usual 1,000 a page more than any provider has. */
export const maxPages = 5;

/** Names of models that do something else than write text. Only for servers that don't say what their models are for. */
const otherTrades =
  /embed|rerank|whisper|(?:^|[-/])tts|moderation|dall-e|image|sora|veo-|imagen|lyria|realtime|transcri|(?:^|[-/])audio|speech|(?:^|-)(?:ada|babbage|curie|davinci)(?:-|$)|gpt-3\.5-turbo-instruct|\.ft-|(?:^|[-/:])bge-|robotics|computer-use|deep-research|-search-(?:preview|api)|-instruct-\d{4}$/i;

/** Whether a name gives no sign that the model can't chat. */
export function mayChat(modelId: string): boolean {
  return !otherTrades.test(modelId);
}

/** Whether an id is one that we can show, store and send. */
export function isModelId(modelId: unknown): modelId is string {
  return (
    typeof modelId === 'string' &&
    modelId.trim() !== '' &&
    modelId.length <= limits.nameChars &&
    !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(modelId)
  );
}

/** One entry per model, bounded in count, labels bounded in length, without what is unknown. */
export function toModelList(models: readonly ServerModel[]): readonly ServerModel[] {
  const byId = new Map<string, ServerModel>();
  for (const model of models) {
    if (byId.size >= limits.modelsPerInventory) break;
    if (isModelId(model.modelId) && !byId.has(model.modelId)) byId.set(model.modelId, model);
  }
  return [...byId.values()];
}

/** A field to spread: absent when there is no usable value. */
export function field<Name extends string, Value>(
  name: Name,
  value: Value | null | undefined,
): Partial<Record<Name, Value>> {
  const record: Partial<Record<string, Value>> =
    value === null || value === undefined ? {} : { [name]: value };
  return record;
}

/** Text of a server for a list entry: one line, bounded; undefined when nothing is left. */
export function labelOf(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const line = text.replace(/[\p{Cc}\p{Z}]+/gu, ' ').trim();
  return line === '' ? undefined : line.slice(0, 200);
}

/** A number of tokens; undefined for what can't be one. */
export function tokenCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 100_000_000
    ? value
    : undefined;
}
