/**
 * What a model's name tells: which family it belongs to when the exact name is unknown, and how large it is. Names are
 * all that local servers and gateways give, and each writes them in its own way.
 */

/** Words that name a packaging, not another model. */
const packaging =
  /^(?:instruct|it|chat|gguf|mlx|awq|gptq|fp8|fp16|f16|bf16|int4|int8|\d-?bit|i?q\d\w*|k|m|s|xl|latest|free|beta|exp|preview|turbo-free|versatile|instant|hf|cloud|a\d{1,3}b)$/;

/** Google's `-001` and `-09-2025`: a state of a model, not another one. */
const stateOfModel = /-(?:\d{2}-20\d{2}|\d{3})$/;

const datedId = /^(.+?)[-@](?:20\d{2}-\d{2}-\d{2}|20\d{6})$/;

/** The name without the date of its release; null when there is none. */
export function withoutDate(modelId: string): string | null {
  return datedId.exec(modelId)?.[1] ?? null;
}

/**
 * One spelling for all the ways to write a model: `qwen/qwen-2.5-coder-32b-instruct`, `qwen2.5-coder:32b` and
 * `Qwen2.5-Coder-32B-Instruct-GGUF` are one family. Two models of one family have similar abilities; their prices may
 * differ, so a price is never taken by it.
 */
export function familyOf(modelId: string): string {
  const name = modelId.toLowerCase().split('/').at(-1) ?? '';
  const words = (withoutDate(name) ?? name).replace(stateOfModel, '').split(/[:@_. -]+/);
  const telling = words.filter((word) => word !== '' && !packaging.test(word));
  // `llama3` and `llama-3`; a size such as `8b` stays one word.
  return telling.join('-').replace(/([a-z])(?=\d)/g, '$1-');
}

/** Ollama's cloud models answer through the local server and run elsewhere. */
export function runsInCloud(modelId: string): boolean {
  return /[:-]cloud$/.test(modelId);
}

/** Billions of parameters, from `:30b`, `-8x7b`, `-0.5b`; null where the name does not tell. */
export function billionsOf(modelId: string): number | null {
  const found = /(?:^|[^a-z\d.])(?:(\d{1,2})x)?(\d{1,4}(?:\.\d{1,2})?)b(?=$|[^a-z\d])/i.exec(modelId);
  if (found === null) return null;
  const billions = Number(found[1] ?? 1) * Number(found[2]);
  return billions > 0 ? billions : null;
}

/** What vendors call their models of a line: `mini` and `flash` are the small ones, `pro` and `opus` the large. */
export function sizeWordOf(modelId: string): 'small' | 'large' | null {
  const words = modelId.toLowerCase().split(/[^a-z]+/);
  const isOneOf = (list: readonly string[]) => words.some((word) => list.includes(word));
  if (
    isOneOf(['nano', 'mini', 'micro', 'tiny', 'small', 'lite', 'flash', 'haiku', 'luna', 'instant', 'fast'])
  )
    return 'small';
  return isOneOf(['pro', 'opus', 'large', 'max', 'ultra', 'fable', 'astra', 'heavy']) ? 'large' : null;
}
