/** Merges what is known of a model from three sources: the user's word wins, then the server's, then the catalogue's. */
import type { Capabilities, ModelConfig, Prices } from '@task-router/protocol';
import { listCatalogModels, localPrices, lookupModel, runsInCloud } from '../../catalog/index.ts';
import type { ServerModel } from '../../providers/provider.ts';
import type { NodeIdentity, NodeModel } from './node.ts';

/** Models of an account that may not be asked yet (no consent) are shown from the catalogue, up to this many. */
const shownWithoutAsking = 6;

export function mergeModels(node: NodeIdentity, served: readonly ServerModel[]): NodeModel[] {
  if (node.configuredModels.length > 0) {
    return distinct(
      node.configuredModels.map((config) =>
        mergeModel(node, config.id, served.find((model) => model.modelId === config.id) ?? null, config),
      ),
    );
  }
  return distinct(served.map((model) => mergeModel(node, model.modelId, model, null)));
}

/** Two quantisations of a model have one name in the catalogue: nobody could tell them apart, so they go by their ids. */
function distinct(models: readonly NodeModel[]): NodeModel[] {
  const counts = new Map<string, number>();
  for (const { label } of models) counts.set(label, (counts.get(label) ?? 0) + 1);
  return models.map((model) =>
    (counts.get(model.label) ?? 0) > 1 ? { ...model, label: model.modelId } : model,
  );
}

/** What a node would serve, without asking it. */
export function presumedModels(node: NodeIdentity): NodeModel[] {
  if (node.configuredModels.length > 0) return mergeModels(node, []);
  return listCatalogModels(node.provider)
    .slice(0, shownWithoutAsking)
    .map((known) => mergeModel(node, known.modelId, null, null));
}

function mergeModel(
  node: NodeIdentity,
  modelId: string,
  served: ServerModel | null,
  config: ModelConfig | null,
): NodeModel {
  const known = lookupModel({ provider: node.provider, modelId, baseUrl: node.baseUrl });
  // Ollama passes some models on to its own cloud: those are neither local nor free.
  const isLocal = node.isLocal && !runsInCloud(modelId);
  const sources: readonly ModelFacts[] = [config, served, known].filter((source) => source !== null);
  const capability = (name: keyof Capabilities): boolean | null =>
    firstKnown(sources.map((source) => source.capabilities?.[name]));
  return {
    modelId,
    label: served?.label ?? known?.label ?? modelId,
    contextWindow: firstKnown(sources.map((source) => source.contextWindow)),
    maxOutputTokens: firstKnown(sources.map((source) => source.maxOutputTokens)),
    capabilities: {
      tools: capability('tools'),
      vision: capability('vision'),
      reasoning: capability('reasoning'),
      structuredOutput: capability('structuredOutput'),
    },
    prices: config?.prices ?? (isLocal ? localPrices : firstKnown(sources.map((source) => source.prices))),
    isLocal,
    known,
  };
}

/** What the three sources have in common. */
interface ModelFacts {
  readonly contextWindow?: number | null | undefined;
  readonly maxOutputTokens?: number | null | undefined;
  readonly prices?: Prices | null | undefined;
  readonly capabilities?: { readonly [Name in keyof Capabilities]?: boolean | null | undefined } | undefined;
}

function firstKnown<Value>(values: readonly (Value | null | undefined)[]): Value | null {
  return values.find((value) => value != null) ?? null;
}
