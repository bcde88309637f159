/** What is peculiar to Anthropic's errors: money and length have no code of their own, only the opening of a sentence. */
import type { ErrorRules } from '../errors/errors.ts';

export const anthropicErrorRules: ErrorRules = {
  kindOf(facts) {
    if (!facts.codes.includes('invalid_request_error') || facts.status === 413) return null;
    if (/^your credit balance is too low|^you have reached your specified/i.test(facts.message))
      return 'billing';
    if (/^prompt is too long|^input length and `max_tokens` exceed/i.test(facts.message))
      return 'contextLength';
    if (/organization has been disabled|api key .{0,40}disabled/i.test(facts.message)) return 'auth';
    return null;
  },
};
