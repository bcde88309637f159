/**
 * What a model is asked and what it answers, in the one form that all providers share: the client libraries' own lowest
 * level (docs/decisions/0017). A task of ours uses a small part of it; a call of another tool may use all of it.
 */
import type { LanguageModelV4CallOptions, SharedV4ProviderMetadata } from '@ai-sdk/provider';

/** A conversation with its tools and settings. The limit of the answer stands beside it, because dispatch sets it. */
export type ModelCall = Pick<
  LanguageModelV4CallOptions,
  | 'prompt'
  | 'tools'
  | 'toolChoice'
  | 'responseFormat'
  | 'temperature'
  | 'topP'
  | 'topK'
  | 'presencePenalty'
  | 'frequencyPenalty'
  | 'stopSequences'
  | 'seed'
  | 'reasoning'
  | 'providerOptions'
>;

export type ModelMessage = ModelCall['prompt'][number];

/** A piece of an answer. Pieces of one tool call follow each other; several calls may follow one another. */
export type AnswerPart =
  | { readonly type: 'text'; readonly text: string }
  /** `metadata`: what only the vendor that wrote it understands (signatures, redacted blocks). */
  | { readonly type: 'thinking'; readonly text: string; readonly metadata?: SharedV4ProviderMetadata }
  /** `metadata`: as for thinking. */
  | {
      readonly type: 'toolStart';
      readonly id: string;
      readonly name: string;
      readonly metadata?: SharedV4ProviderMetadata;
    }
  /** A piece of the call's arguments, which are JSON when they are whole. */
  | { readonly type: 'toolDelta'; readonly id: string; readonly json: string }
  | { readonly type: 'toolEnd'; readonly id: string };

/** The two formats in which another tool may ask, and in which most servers answer. */
export type WireFormat = 'openai-chat' | 'anthropic-messages';
