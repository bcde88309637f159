/** What becomes of each top-level field of a chat completion request on a route that speaks another format. */
import type { FieldRules } from '../untranslatable.ts';
import { requestSchema } from './request-schema.ts';

export const fieldRules: FieldRules = {
  carried: new Set(Object.keys(requestSchema.shape)),
  hints: new Set([
    ...['metadata', 'store', 'service_tier', 'safety_identifier', 'prompt_cache_key'],
    ...['prompt_cache_retention', 'prompt_cache_options', 'prediction', 'cache_prompt'],
  ]),
  harmless: {
    n: (value) => value === 1,
    top_logprobs: (value) => value === 0,
    modalities: (value) => Array.isArray(value) && value.every((each) => each === 'text'),
    // A request to leave the list as it is.
    function_call: (value) => value === 'auto' || value === 'none',
  },
};
