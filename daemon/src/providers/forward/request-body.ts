/**
 * The client's own bytes as they go to the server: the model's name put in place, and nothing else read or written again.
 * Two things may be added at the end. To a stream in OpenAI's format that does not ask for its counts, the wish for them,
 * because without counts no cost is known; the client does not see the event that answers it. And the limit that
 * Anthropic's format demands, where the client left it out.
 */
import type { WireFormat } from '../model-call.ts';
import type { ForwardRequest } from '../provider.ts';

const wish = Buffer.from(',"stream_options":{"include_usage":true}');
/** With its quotes: inside a text they would be escaped, so this is a name or a value of the request itself. */
const asked = Buffer.from('"stream_options"');
const closingBrace = 125;

export interface RequestBody {
  /** One behind the other: a long body is not copied for a name. */
  readonly pieces: readonly Buffer[];
  /** We asked for counts, the client did not. */
  readonly hidesUsage: boolean;
}

/** `mayAskUsage`: the server takes the wish. */
export function requestBody(
  { body, modelAt: [from, to], modelId, streams, addedMaxTokens = null }: ForwardRequest,
  format: WireFormat,
  mayAskUsage: boolean,
): RequestBody {
  const name = Buffer.from(JSON.stringify(modelId));
  const hidesUsage = format === 'openai-chat' && streams && mayAskUsage && !body.includes(asked);
  const before = body.subarray(0, from);
  const added = [
    ...(hidesUsage ? [wish] : []),
    ...(addedMaxTokens === null ? [] : [Buffer.from(`,"max_tokens":${addedMaxTokens}`)]),
  ];
  if (added.length === 0) return { pieces: [before, name, body.subarray(to)], hidesUsage };
  const end = body.lastIndexOf(closingBrace);
  return { pieces: [before, name, body.subarray(to, end), ...added, body.subarray(end)], hidesUsage };
}
