/**
 * Reads family, tier, generation and size out of a model's id. Providers, gateways and local servers spell one model in
 * a dozen ways; published outcomes are found again only through what the spellings share. An id that says nothing gives
 * nulls, never an error.
 */
// cspell:disable -- names of models
export interface ModelName {
  /** `claude`, `gpt`, `qwen`, ...; null: none that is known. */
  readonly family: string | null;
  /** Words that set models of one generation apart, sorted: `opus`, `flash lite`, `coder`. Empty: the plain model. */
  readonly tier: string;
  /** 4.5 for `claude-opus-4-5`; null: not said. */
  readonly generation: number | null;
  /** Billions of parameters, all experts together; null: not said. */
  readonly sizeB: number | null;
}

/** Family by the word it starts with; several words may lead to one family. */
const families: Readonly<Record<string, string>> = {
  claude: 'claude',
  gpt: 'gpt',
  chatgpt: 'gpt',
  o1: 'openai-o',
  o3: 'openai-o',
  o4: 'openai-o',
  gemini: 'gemini',
  gemma: 'gemma',
  llama: 'llama',
  qwen: 'qwen',
  codeqwen: 'qwen',
  qwq: 'qwen',
  deepseek: 'deepseek',
  mistral: 'mistral',
  mixtral: 'mistral',
  codestral: 'mistral',
  devstral: 'mistral',
  ministral: 'mistral',
  magistral: 'mistral',
  grok: 'grok',
  glm: 'glm',
  kimi: 'kimi',
  minimax: 'minimax',
  command: 'command',
  phi: 'phi',
  yi: 'yi',
  granite: 'granite',
  nova: 'nova',
  hermes: 'hermes',
  starcoder: 'starcoder',
};

const tierWords = new Set([
  ...['opus', 'sonnet', 'haiku', 'pro', 'flash', 'lite', 'ultra', 'nano', 'mini', 'micro', 'turbo', 'max'],
  ...[
    'plus',
    'coder',
    'code',
    'codex',
    'large',
    'medium',
    'small',
    'tiny',
    'nemo',
    'maverick',
    'scout',
    'oss',
  ],
  ...['reasoner', 'r', 'air', 'fast', 'premier', 'thinking', 'omni'],
  ...['mixtral', 'codestral', 'devstral', 'ministral', 'magistral', 'qwq'],
]);
/** How hard the model was told to think: the same model with another setting. */
const notTier = new Set(['thinking', 'fast']);

const maxIdChars = 200;

export function parseModelName(id: string): ModelName {
  const words = wordsOf(id);
  const at = words.findIndex((word) => Object.hasOwn(families, word));
  const family = at < 0 ? null : (families[words[at] ?? ''] ?? null);
  const tier = new Set(words.filter((word) => tierWords.has(word) && !notTier.has(word)));
  return {
    family,
    tier: [...tier].sort().join(' '),
    generation: family === null ? null : generationOf(words, at),
    sizeB: sizeOf(words),
  };
}

/** Lower case words and numbers; `qwen2.5-coder:32b` gives `qwen 2.5 coder 32b`. */
function wordsOf(id: string): string[] {
  const lower = id.slice(-maxIdChars).toLowerCase();
  const own = lower.slice(lower.lastIndexOf('/') + 1);
  return (
    own
      .replace(/\([^)]*\)/g, ' ')
      .replace(/\b\d{4}-\d{2}-\d{2}\b/g, ' ')
      // Quantisation and what follows it: another file of the same model.
      .replace(/[-_:](?:q\d|fp16|bf16|gguf).*$/, ' ')
      .split(/[^a-z0-9.]+/)
      .flatMap((word) => apart(word))
      .filter((word) => word !== '')
  );
}

/** Splits a family from its number (`llama3.1`) and a letter from its (`k2.5`, `m2`, `v3`, `r1`); keeps `o3`, `32b`. */
function apart(word: string): string[] {
  if (/^o[134]$/.test(word) || /^(?:\d+x)?\d+(?:\.\d+)?b$/.test(word)) return [word];
  if (/^\d+(?:\.\d+)?o$/.test(word)) return [word.slice(0, -1), 'omni'];
  const lettered = /^([a-z]+)(\d+(?:\.\d+)*)$/.exec(word);
  const [, letters = '', number = ''] = lettered ?? [];
  if (lettered === null) return [word];
  return ['k', 'm', 'v'].includes(letters) ? [number] : [letters, number];
}

/** The first small number, with a second single digit as its decimal; numbers of four digits and more are dates. */
function generationOf(words: readonly string[], familyAt: number): number | null {
  const own = /^o([134])$/.exec(words[familyAt] ?? '');
  if (own !== null) return Number(own[1]);
  const at = words.findIndex((word) => /^\d{1,2}(?:\.\d{1,2})?$/.test(word));
  if (at < 0) return null;
  const first = words[at] ?? '';
  const second = words[at + 1] ?? '';
  return Number(!first.includes('.') && /^\d$/.test(second) ? `${first}.${second}` : first);
}

function sizeOf(words: readonly string[]): number | null {
  for (const word of words) {
    const [, experts, size] = /^(?:(\d+)x)?(\d+(?:\.\d+)?)b$/.exec(word) ?? [];
    if (size !== undefined) return Number(size) * Number(experts ?? 1);
  }
  return null;
}
