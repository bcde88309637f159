/**
 * What Google's models sign their tool calls with, and want back, in the field in which Google's own endpoint of this format
 * has it: `extra_content.google.thought_signature`.
 */
import type { AnswerPart, ModelMessage } from '../../../providers/model-call.ts';

type Metadata = Extract<AnswerPart, { type: 'toolStart' }>['metadata'];
type Options = Pick<
  Extract<Extract<ModelMessage, { role: 'assistant' }>['content'][number], { type: 'tool-call' }>,
  'providerOptions'
>;

/** The field of a tool call; nothing where nothing was signed. */
export function signatureField(metadata: Metadata): { readonly extra_content?: object } {
  const signature = metadata?.['google']?.['thoughtSignature'];
  return typeof signature === 'string' ? { extra_content: { google: { thought_signature: signature } } } : {};
}

/** What goes back to the vendor. */
export function signatureOptions(signature: string | null | undefined): Options {
  return signature == null ? {} : { providerOptions: { google: { thoughtSignature: signature } } };
}
