/**
 * The models that live inside a VS Code window, reached by the reverse call. The window has its own keys and consent;
 * what comes back is text parts and a result, or a rejection that names the failure kind.
 */
import type { EditorModel, LmPart, ParamsOf, ResultOf, lmRequest } from '@task-router/protocol';
import { RouterError, failureKindSchema } from '@task-router/protocol';
import * as z from 'zod';
import { Answer } from '../answer.ts';
import { plainMessages } from '../call-text.ts';
import type { FailureSource } from '../errors/errors.ts';
import { field, labelOf, toModelList, tokenCount } from '../model-list.ts';
import { ProviderError } from '../provider.ts';
import type { GenerateEvent, GenerateRequest, Provider, ServerModel } from '../provider.ts';
import { redact } from '../redact.ts';
import { usageOf } from '../usage.ts';

/** The reverse calls to one window; dispatch's `EditorModelsPort` is one. */
export interface EditorPort {
  inventory(
    knownVersion: number | null,
    signal: AbortSignal,
  ): Promise<{ readonly models: readonly EditorModel[] }>;
  request(
    params: Omit<ParamsOf<typeof lmRequest>, 'partialResultToken'>,
    onPart: (part: LmPart) => void,
    signal: AbortSignal,
  ): Promise<ResultOf<typeof lmRequest>>;
}

export interface EditorProviderOptions {
  /** Shown by the editor when it asks the developer for consent. */
  readonly justification?: string;
  /** How long the window may work on one request, in ms; the dispatcher's own limit is shorter, as a rule. */
  readonly deadlineMs?: number;
}

const defaults = {
  justification: 'Task Router sends this task to the model that suits it best.',
  deadlineMs: 10 * 60_000,
} as const;

const source: FailureSource = { host: 'The editor', keys: [], rules: {} };
const detailsSchema = z.object({ failure: failureKindSchema });

/** A provider for the models of one window; a model's id is its `modelKey`. */
export function createEditorProvider(
  port: EditorPort,
  models: readonly EditorModel[],
  options: EditorProviderOptions = {},
): Provider {
  const keys = new Set(models.map(({ modelKey }) => modelKey));
  return {
    kind: 'editor',
    generate(request) {
      if (keys.has(request.modelId)) return generate(port, request, { ...defaults, ...options });
      return rejects(new ProviderError('modelNotFound', 'The editor window no longer offers this model.'));
    },
    async listModels(signal) {
      try {
        const inventory = await port.inventory(null, signal);
        return toModelList(inventory.models.map(toServerModel));
      } catch (thrown) {
        signal.throwIfAborted();
        throw toProviderError(thrown);
      }
    },
  };
}

async function* generate(
  port: EditorPort,
  request: GenerateRequest,
  { justification, deadlineMs }: Required<EditorProviderOptions>,
): AsyncGenerator<GenerateEvent> {
  request.signal.throwIfAborted();
  const own = new AbortController();
  const signal = AbortSignal.any([request.signal, own.signal]);
  const answer = new Answer(source, request.emptyEnds);
  const parts = new PartQueue();
  const params = {
    modelKey: request.modelId,
    messages: plainMessages(request.call),
    justification,
    deadlineMs,
  };
  const result = port.request(params, (part) => parts.push(part), signal);
  result.then(parts.end, parts.end);
  try {
    for await (const part of parts) yield answer.text(part.text);
    const { finishReason, inputTokens, outputTokens } = await result;
    yield answer.finish(finishReason, usageOf({ input: inputTokens, output: outputTokens }));
  } catch (thrown) {
    request.signal.throwIfAborted();
    throw toProviderError(thrown);
  } finally {
    // Cancels the window's work when nobody wants the rest.
    own.abort();
  }
}

/** Parts between the connection that pushes them and the caller that pulls them. */
class PartQueue {
  #parts: LmPart[] = [];
  #ended = false;
  #wake: (() => void) | null = null;

  push(part: LmPart): void {
    this.#parts.push(part);
    this.#wake?.();
  }

  readonly end = (): void => {
    this.#ended = true;
    this.#wake?.();
  };

  async *[Symbol.asyncIterator](): AsyncGenerator<LmPart> {
    for (;;) {
      yield* this.#parts.splice(0);
      if (this.#parts.length > 0) continue;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

// eslint-disable-next-line require-yield -- an answer that fails before its first event
async function* rejects(error: ProviderError): AsyncGenerator<never> {
  throw error;
}

function toServerModel(model: EditorModel): ServerModel {
  return {
    modelId: model.modelKey,
    ...field('label', labelOf(model.name)),
    ...field('contextWindow', tokenCount(model.maxInputTokens)),
  };
}

function toProviderError(thrown: unknown): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  const details = detailsSchema.safeParse(thrown instanceof RouterError ? thrown.details : undefined);
  const message =
    thrown instanceof RouterError ? redact(thrown.message).slice(0, 500) : 'The editor’s model failed.';
  if (details.success) return new ProviderError(details.data.failure, message);
  const consentNeeded = thrown instanceof RouterError && thrown.code === 'editor.consentNeeded';
  return new ProviderError(consentNeeded ? 'consentNeeded' : 'server', message);
}
