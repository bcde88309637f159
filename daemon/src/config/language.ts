/** The configuration as the editor's language features need it: the same check, the same schema, a look after saving. */
import type { ConfigFile } from './config-file.ts';
import { configJsonSchema } from './json-schema.ts';
import { parseConfig } from './load.ts';
import type { FileProblem } from './problem.ts';

export interface ConfigLanguageSource {
  check(text: string): readonly FileProblem[];
  schema(): object;
  saved(): void;
}

export function configLanguage(file: ConfigFile): ConfigLanguageSource {
  return {
    check: (text) => {
      const parsed = parseConfig(text);
      return parsed.ok ? [] : parsed.problems;
    },
    schema: configJsonSchema,
    saved: () => {
      file.reloadIfChanged();
    },
  };
}
