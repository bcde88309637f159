/** From the text of a frame to a JSON-RPC message, or to what is wrong with it. The first look at what a peer sends. */
import type { Message } from 'vscode-jsonrpc/node';
import * as z from 'zod';
import { limits } from '../index.ts';
import { jsonBoundsProblem } from './json-bounds.ts';

const id = z.union([z.string().max(limits.idChars), z.number()]);
const cancelParamsSchema = z.object({ id });

/**
 * A JSON-RPC 2.0 envelope; batches are not part of LSP. `vscode-jsonrpc` uses some fields unchecked (the id of a
 * cancellation, a null id of a request) and would throw out of our listener, so they are checked here.
 */
const envelopeSchema = z
  .object({
    jsonrpc: z.literal('2.0'),
    method: z.string().max(limits.idChars).optional(),
    id: id.nullable().optional(),
    params: z.custom<object>((value) => typeof value === 'object' && value !== null).optional(),
  })
  .refine(({ method, id }) => method === undefined || id !== null)
  .refine(({ method, id }) => method !== undefined || id !== undefined)
  .refine(
    ({ method, params }) => method !== '$/cancelRequest' || cancelParamsSchema.safeParse(params).success,
  );

/** `malformed`: no JSON, or no message of JSON-RPC 2.0. `tooBig`: too deep, or too many values. */
export function readMessage(text: string): Message | 'malformed' | 'tooBig' {
  if (jsonBoundsProblem(text) !== null) return 'tooBig';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'malformed';
  }
  const envelope = envelopeSchema.safeParse(value);
  // The value itself goes on, not the parsed copy: a response's `error` is the connection's to read.
  return envelope.success ? (value as Message) : 'malformed';
}
