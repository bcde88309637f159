/**
 * The reverse call: models that exist only inside a VS Code window. The daemon asks the window; a model of one
 * window is never used for a task of another.
 */
import * as z from 'zod';
import { limits } from '../limits.ts';
import { finishReasonSchema } from '../data/outcome.ts';
import { request } from '../rpc.ts';

export const editorModelSchema = z.strictObject({
  /** Opaque key of the model inside this window. */
  modelKey: z.string().min(1).max(limits.nameChars),
  vendor: z.string().max(limits.nameChars),
  family: z.string().max(limits.nameChars),
  name: z.string().max(limits.nameChars),
  version: z.string().max(limits.nameChars),
  maxInputTokens: z.int().min(0),
  /** `needsConsent`: the editor would ask the developer first; only a task the developer started may trigger that. */
  access: z.enum(['granted', 'needsConsent', 'unknown']),
});
export type EditorModel = z.infer<typeof editorModelSchema>;

export const lmInventoryRequest = request({
  method: 'router/lmInventory',
  direction: 'daemonToClient',
  summary:
    "The window's chat models. Answered at once when `knownVersion` is not the current one, otherwise held until the inventory changes (a long poll, cancelled with the connection).",
  params: z.strictObject({ knownVersion: z.int().nullable() }),
  result: z.strictObject({
    version: z.int(),
    models: z.array(editorModelSchema).max(limits.modelsPerInventory),
  }),
});

export const chatMessageSchema = z.strictObject({
  role: z.enum(['system', 'user', 'assistant']),
  text: z.string(),
});
export type ChatMessage = z.infer<typeof chatMessageSchema>;

/** One streamed part, sent as `$/progress` with the request's `partialResultToken`. */
export const lmPartSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string() }),
]);
export type LmPart = z.infer<typeof lmPartSchema>;

export const lmRequest = request({
  method: 'router/lmRequest',
  direction: 'daemonToClient',
  summary: 'Runs a prompt on one of the window’s models; parts stream as $/progress.',
  params: z.strictObject({
    modelKey: z.string().max(limits.nameChars),
    messages: z.array(chatMessageSchema).min(1).max(100),
    /** Shown by the editor when it asks for consent. */
    justification: z.string().max(500),
    deadlineMs: z.int().min(1),
    partialResultToken: z.string().max(limits.idChars),
  }),
  result: z.strictObject({
    finishReason: finishReasonSchema,
    /** The editor reports no usage; tokens counted with the model's own counter where it offers one. */
    inputTokens: z.int().nullable(),
    outputTokens: z.int().nullable(),
  }),
});
