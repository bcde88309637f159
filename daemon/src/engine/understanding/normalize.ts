/**
 * A prompt without what carries no task: letter case, greetings and thanks. White space is the extractor's business.
 * The same task asked politely, in capitals or with other line breaks thus becomes the same text, so that it gets the
 * same model.
 */

/** Characters of a prompt that are looked at; what follows is context, and the task stands near the beginning. */
export const readChars = 16_000;
/** A greeting or a polite form is no longer than this. */
const leadChars = 160;
const tailChars = 80;
/** Polite forms in a row ("hi, could you please ...") that are taken off. */
const maxRounds = 6;

/** A greeting only counts when something sets it apart: "hello world in C" is a task. */
const greeting =
  /^(?:hi|hello|hey|greetings|good (?:morning|afternoon|evening))(?: (?:there|all|team|everyone))?\s*[,.!:\n]+\s*/;
const request =
  /^(?:(?:would|do) you mind|please|pls|plz|kindly|(?:can|could|would|will) you(?: (?:please|kindly|maybe|possibly))?(?: help me(?: to)?)?|(?:i'd|i would) (?:like|love) you to|i (?:want|need) you to|i was wondering if you could|help me(?: to)?|(?:thanks|thank you)(?: in advance)?[,.!:]+|(?:quick|small) question[,.!:]+|(?:ok|okay|alright|sorry|excuse me)[,.!:]+)\s*[,.!:]*\s+/;
const thanks =
  /[\s,.;!-]*(?:please|(?:many )?thanks(?: a lot| so much| in advance| again)?|thank you(?: very much| so much| in advance)?|thx|cheers|much appreciated|i appreciate it)[\s.!:)]*$/;

/** Lower case, without white space and polite forms at both ends. At most `readChars` characters. */
export function plainPrompt(prompt: string): string {
  let text = prompt.slice(0, readChars).toLowerCase().trim();
  for (let round = 0; round < maxRounds; round += 1) {
    const shorter = withoutThanks(withoutLead(text));
    if (shorter.length === text.length) break;
    text = shorter;
  }
  return text;
}

/** Blanks in a row as one, line breaks kept: rules of several words are written with one blank between them. */
export function flatPrompt(plain: string): string {
  // What is a single blank already is no match: nearly all are.
  return plain.replace(/[^\S\n]{2,}|[^\S\n ]/g, ' ');
}

function withoutLead(text: string): string {
  const lead = text.slice(0, leadChars);
  const length = greeting.exec(lead)?.[0].length ?? request.exec(lead)?.[0].length ?? 0;
  return length < text.length ? text.slice(length) : text;
}

function withoutThanks(text: string): string {
  const found = thanks.exec(text.slice(-tailChars));
  const kept = found === null ? text.length : text.length - found[0].length;
  // "Thanks!" alone stays: it is all there is.
  return kept > 0 && kept < text.length ? text.slice(0, kept).trimEnd() : text;
}
