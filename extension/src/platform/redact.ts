/**
 * Takes keys out of text that leaves the extension: log lines, error messages, copied diagnostics. Known keys are
 * removed exactly; unknown ones by the shapes that vendors give them. Over-redaction is harmless here, a leak is not.
 */
const shapes: readonly RegExp[] = [
  /\bsk-[A-Za-z0-9_-]{8,}/g,
  /\btrk_[A-Za-z0-9_-]{8,}/g,
  /\bgh[pousr]_[A-Za-z0-9]{16,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{16,}/g,
  /\bAIza[A-Za-z0-9_-]{16,}/g,
  /\bxai-[A-Za-z0-9_-]{16,}/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g,
  /\bBearer\s+[A-Za-z0-9._~+/=-]{8,}/gi,
  /([?&](?:key|api_key|apikey|token|access_token)=)[^&\s"']+/gi,
  /(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s:@]+:[^/\s@]+@/gi,
];

/** Shorter strings are not keys, and removing them would shred ordinary text. */
const shortestKeyChars = 6;

/** `text` without keys: those in `known` and whatever looks like one. */
export function redact(text: string, known: readonly string[] = []): string {
  let clean = text;
  for (const key of known) if (key.length >= shortestKeyChars) clean = clean.replaceAll(key, '[redacted]');
  for (const shape of shapes) {
    clean = clean.replace(shape, (match: string, prefix: unknown) =>
      typeof prefix === 'string' && match.startsWith(prefix) ? `${prefix}[redacted]` : '[redacted]',
    );
  }
  return clean;
}
