/**
 * What a tool is told that asks at an address where nothing is: what it means, and what to set instead. Most have the wrong
 * base URL, or speak an interface of OpenAI's that is not spoken here.
 */
const notSpoken: Readonly<Record<string, string>> = {
  responses:
    'OpenAI’s Responses API is not spoken here: set the tool to Chat Completions or Anthropic’s Messages. A tool that ' +
    'speaks nothing else can’t be connected.',
  embeddings: 'Embeddings are not made here: let the tool ask the server of its embedding model directly.',
  completions:
    'Completions of bare text are not made here: set the tool to Chat Completions, and let autocomplete ask its model’s server.',
};

const chatWithoutVersion = /^\/(?:chat\/completions|models|responses|embeddings)(?:[/?]|$)/;

/** @param url of the request, as it came */
export function notServed(url: string): string {
  if (url.startsWith('/v1/v1/')) return 'The base URL that the tool was given ends with one /v1 too many.';
  if (chatWithoutVersion.test(url)) return 'The base URL that the tool was given must end with /v1.';
  const [, name = ''] = /^\/v1\/(\w{1,20})(?:[/?]|$)/.exec(url) ?? [];
  return Object.hasOwn(notSpoken, name) ? (notSpoken[name] ?? '') : 'There is nothing at this address.';
}
