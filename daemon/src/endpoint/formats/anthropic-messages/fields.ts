/** What becomes of each top-level field of a Messages request on a route that speaks another format. */
import type { FieldRules } from '../untranslatable.ts';
import { requestSchema } from './request-schema.ts';

export const fieldRules: FieldRules = {
  carried: new Set(Object.keys(requestSchema.shape)),
  // Context management prunes a long conversation at the vendor's; without it more is sent, and nothing is lost.
  hints: new Set(['service_tier', 'context_management', 'betas', 'speed', 'diagnostics']),
  harmless: {},
};
