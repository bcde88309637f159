/**
 * The toy models' tokens, in SentencePiece's manner: control tokens, all bytes, the printable characters, and for each
 * known word all of its beginnings, because the tokenizer grows words from single letters, best score first.
 */

/** 1 normal, 2 unknown, 3 control, 5 unused, 6 byte. */
export interface Token {
  readonly text: string;
  readonly score: number;
  readonly kind: 1 | 2 | 3 | 5 | 6;
}

export interface Vocabulary {
  readonly tokens: readonly Token[];
  /** Id of a known word, or of a mark. */
  readonly idOfWord: (word: string) => number;
}

/** What a blank is written as. */
const blank = '▁';

export function vocabulary(words: readonly string[]): Vocabulary {
  // Each text once: the engine ends the process over a second one.
  const tokens = new Map<string, Token>();
  const add = (text: string, score: number, kind: Token['kind']) => {
    if (!tokens.has(text)) tokens.set(text, { text, score, kind });
  };
  add('<unk>', 0, 2);
  add('<s>', 0, 3);
  add('</s>', 0, 3);
  for (let byte = 0; byte < 256; byte += 1)
    add(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`, 0, 6);
  add('<|im_start|>', 0, 3);
  add('<|im_end|>', 0, 3);
  for (let code = 32; code < 127; code += 1) {
    add(code === 32 ? blank : String.fromCharCode(code), -1_000 - code, 1);
  }
  add('\n', -2_000, 1);
  for (const word of words.filter(isWord)) {
    for (let length = 1; length <= word.length; length += 1) add(blank + word.slice(0, length), -length, 1);
  }
  for (let filler = 0; tokens.size % 32 !== 0; filler += 1) add(`<unused${filler}>`, -9_999, 5);
  const ids = new Map([...tokens.keys()].map((text, id) => [text, id]));
  return {
    tokens: [...tokens.values()],
    idOfWord: (word) => ids.get(isWord(word) ? blank + word : word) ?? -1,
  };
}

function isWord(text: string): boolean {
  return /^[A-Za-z]/.test(text);
}
