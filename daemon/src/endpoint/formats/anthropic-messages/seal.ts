/**
 * Thinking of a vendor other than Anthropic in a block that has room only for Anthropic's signature. What the vendor
 * needs to know its own thinking again goes into that field as text that Anthropic never writes, and is read back when
 * the client sends the block again: so the conversation may go on with that vendor, and nobody else sees it.
 */
import * as z from 'zod';
import type { AnswerPart } from '../../../providers/model-call.ts';

export type Metadata = NonNullable<Extract<AnswerPart, { type: 'thinking' }>['metadata']>;

const prefix = 'task-router:';
const maxChars = 200_000;

/** A client can write what it likes here, so only what vendors are known to put there is taken back. */
const sealedSchema = z.strictObject({
  google: z.strictObject({ thoughtSignature: z.string() }).optional(),
  openai: z.strictObject({ itemId: z.string(), reasoningEncryptedContent: z.string().nullish() }).optional(),
  openaiCompatible: z.strictObject({}).optional(),
});

/** Whether this is the end of a block that Anthropic has signed. */
export function isSignedBy(metadata: Metadata | undefined): boolean {
  return typeof metadata?.['anthropic']?.['signature'] === 'string';
}

/** The signature of thinking with this metadata; '' where nothing needs to be kept. */
export function signatureFor(metadata: Metadata | undefined): string {
  const own = metadata?.['anthropic']?.['signature'];
  if (typeof own === 'string') return own;
  const sealed = sealedSchema.safeParse(metadata);
  if (!sealed.success || Object.keys(sealed.data).length === 0) return '';
  return prefix + Buffer.from(JSON.stringify(sealed.data)).toString('base64url');
}

/** The metadata of thinking with this signature; undefined: nobody's that is known. */
export function metadataFrom(signature: string): Metadata | undefined {
  if (signature === '') return undefined;
  if (!signature.startsWith(prefix)) return { anthropic: { signature } };
  if (signature.length > maxChars) return undefined;
  try {
    const json: unknown = JSON.parse(Buffer.from(signature.slice(prefix.length), 'base64url').toString());
    const sealed = sealedSchema.safeParse(json);
    return sealed.success ? (JSON.parse(JSON.stringify(sealed.data)) as Metadata) : undefined;
  } catch {
    return undefined;
  }
}
