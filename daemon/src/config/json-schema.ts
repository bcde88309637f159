/**
 * The configuration's JSON schema, made from the zod schema: for completion and hovers in the editor, for the
 * extension's manifest (a generated copy), and for naming the known keys in an error.
 */
import * as z from 'zod';
import { configSchema } from '@task-router/protocol';

/** The part of a JSON schema that is read here. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly [keyword: string]: unknown;
}

/** What a developer writes: keys with a default are optional. Draft 7, because editors know that one best. */
export function configJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' });
  return { ...(schema as JsonSchema), allowComments: true, allowTrailingCommas: true };
}
