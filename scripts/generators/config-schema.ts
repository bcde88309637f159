/**
 * extension/schemas/config.schema.json: the JSON schema of `config.jsonc`, for editors without our language features
 * and for anyone who wants to check the file elsewhere. Made from the zod schema that the daemon validates with.
 */
import { format } from 'prettier';
import { configJsonSchema } from '../../daemon/src/config/json-schema.ts';
import type { Generator } from './generator.ts';

export const configSchemaFile: Generator = async () => {
  const schema = { title: 'Task Router: config.jsonc', ...configJsonSchema() };
  const text = await format(JSON.stringify(schema), { parser: 'json', printWidth: 110 });
  return [{ path: 'extension/schemas/config.schema.json', text }];
};
