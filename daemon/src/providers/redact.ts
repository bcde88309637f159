/**
 * Takes keys out of text that leaves the daemon's memory: error messages, error bodies, log lines, response headers.
 * Known keys are removed exactly, in every form in which a server could echo them; unknown ones by the shapes that
 * vendors give them. Too much removed is harmless here, one key left is not.
 */

/** Every repetition is bounded, so that no text of a server can make a pattern slow. */
const shapes: readonly RegExp[] = [
  /\bsk-[\w-]{8,512}/g,
  /\btrk_[\w-]{8,512}/g,
  /\bgh[pousr]_[A-Za-z0-9]{16,255}/g,
  /\bgithub_pat_\w{16,255}/g,
  /\bAIza[\w-]{16,128}/g,
  /\b(?:xai|gsk|hf|nvapi|pplx|csk|fw|tgp)[-_][\w-]{16,255}/g,
  /\beyJ[\w-]{8,512}\.[\w-]{8,4096}\.[\w-]{0,4096}/g,
  /\b(?:Bearer|Basic)\s{1,8}[A-Za-z0-9._~+/=-]{8,4096}/gi,
  /(?<=[?&](?:key|api_key|api-key|apikey|token|access_token)=)[^&\s"'<>]{1,4096}/gi,
  /(?<=\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^/\s:@]{1,256}:[^/\s@]{1,256}(?=@)/gi,
];

/** Shorter strings are no keys, and removing them would shred ordinary text. */
const shortestKeyChars = 6;

const mark = '[redacted]';

/** `text` without keys: those in `keys` and whatever looks like one. Pure; safe on text of any origin. */
export function redact(text: string, keys: readonly string[] = []): string {
  let clean = text;
  for (const form of keys.flatMap(formsOf)) clean = clean.replaceAll(form, mark);
  for (const shape of shapes) clean = clean.replace(shape, mark);
  return clean;
}

/** The same for every value of a flat record, such as headers. */
export function redactValues(
  record: Readonly<Record<string, string>>,
  keys: readonly string[] = [],
): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, redact(value, keys)]));
}

/** A key as it is, inside a URL, inside a JSON string, and as base64: the ways in which servers echo one. */
function formsOf(key: string): string[] {
  if (key.length < shortestKeyChars) return [];
  const forms = [
    key,
    encodeURIComponent(key.toWellFormed()),
    JSON.stringify(key).slice(1, -1),
    Buffer.from(key).toString('base64').replace(/=+$/, ''),
    Buffer.from(key).toString('base64url'),
  ];
  // The longest form first: a shorter one may be a part of it.
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}
