/**
 * Keeps one node per connected window for the models that live inside it, by a long poll of the window's inventory.
 * The node is visible to that window alone and goes away with it.
 */
import type { EditorModel } from '@task-router/protocol';
import { createEditorProvider } from '../../providers/editor/index.ts';
import { lookupModel } from '../../catalog/index.ts';
import type { Logger } from '../../platform/logger.ts';
import type { ClientContext, EditorModelsPort } from '../service.ts';
import type { NodeIdentity, NodeModel } from './node.ts';
import { registryKey } from './node.ts';
import type { NodeRegistry } from './registry.ts';

export interface Followed {
  /** Settles when the window has said for the first time which models it has, or that it does not say. */
  readonly known: Promise<void>;
  readonly stop: () => void;
}

/** Follows the window's models until it is told to stop. */
export function followEditorModels(
  registry: NodeRegistry,
  client: ClientContext & { readonly editorModels: EditorModelsPort },
  log: Logger,
): Followed {
  const identity = editorNode(client.clientId);
  const ended = new AbortController();
  const first = Promise.withResolvers<undefined>();
  const known = (): void => {
    first.resolve(undefined);
  };
  void poll().finally(known);
  return {
    known: first.promise,
    stop: () => {
      ended.abort();
      registry.remove(registryKey(identity));
    },
  };

  async function poll(): Promise<void> {
    let knownVersion: number | null = null;
    while (!ended.signal.aborted) {
      try {
        const inventory = await client.editorModels.inventory(knownVersion, ended.signal);
        if (ended.signal.aborted) return;
        knownVersion = inventory.version;
        put(inventory.models);
        known();
      } catch {
        // The window went away or does not answer; its next connection starts a new poll.
        if (!ended.signal.aborted) log.debug('editor models are not available', {});
        return;
      }
    }
  }

  function put(models: readonly EditorModel[]): void {
    registry.put(identity, {
      confirmed: true,
      client: createEditorProvider(client.editorModels, models),
      models: models.map(editorModel),
    });
  }
}

function editorNode(clientId: string): NodeIdentity {
  return {
    nodeId: 'editor',
    provider: 'editor',
    label: 'VS Code',
    origin: 'editor',
    baseUrl: null,
    isLocal: false,
    isDemo: false,
    needsKey: false,
    slots: null,
    rates: {},
    quotaGroup: null,
    configuredModels: [],
    ownerClientId: clientId,
  };
}

function editorModel(model: EditorModel): NodeModel {
  const known =
    lookupModel({ provider: 'editor', modelId: model.family }) ??
    lookupModel({ provider: 'editor', modelId: model.modelKey });
  return {
    modelId: model.modelKey,
    label: model.name,
    contextWindow: model.maxInputTokens > 0 ? model.maxInputTokens : null,
    maxOutputTokens: known?.maxOutputTokens ?? null,
    // What reaches a window is text and nothing else.
    capabilities: {
      reasoning: known?.capabilities.reasoning ?? null,
      structuredOutput: known?.capabilities.structuredOutput ?? null,
      tools: false,
      vision: false,
    },
    // Paid by the editor's own subscription; what a call costs there is not known to us.
    prices: null,
    isLocal: false,
    known,
  };
}
