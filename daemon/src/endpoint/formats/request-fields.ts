/** Fields that requests of both formats have, with their bounds: a text is bounded by the body it stands in. */
import * as z from 'zod';

export const text = z.string();
export const name = z.string().min(1).max(256);
export const id = z.string().max(512);
export const count = z.int().min(0).max(1e9);
export const schemaSchema = z.record(z.string(), z.unknown());
/** Anthropic's own; also understood by gateways that speak OpenAI's format in front of it. */
export const cacheControl = z
  .object({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).nullish() })
  .nullish()
  .catch(undefined);
