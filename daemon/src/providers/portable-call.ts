/**
 * A call as one target can take it. A conversation may have been answered by several vendors in turn, and each has put
 * something into it that only it understands: signed thinking, ids of tool calls, options. What belongs to another
 * vendor is left out or renamed here, once for every attempt, so that no target refuses a conversation because of who
 * took part in it before. Everything else stays as it is.
 */
import type { ModelCall, ModelMessage } from './model-call.ts';
import { hasForeignThinking, withOwnMetadata } from './portable/issuer.ts';
import { withAcceptedSystem } from './portable/system-messages.ts';
import type { CallTarget } from './portable/target.ts';
import { acceptsIds, withAcceptedIds } from './portable/tool-ids.ts';
import { withAcceptedNames } from './portable/tool-names.ts';
import { withAcceptedResults } from './portable/tool-results.ts';
import { withAcceptedSchemas } from './portable/tool-schemas.ts';

export interface PortableCall {
  readonly call: ModelCall;
  /** Tools that had to be renamed for the target: the name in `call` → the client's own. An answer's calls are renamed
   * back with it. Mostly empty. */
  readonly renamedTools: ReadonlyMap<string, string>;
}

/**
 * `call` for `target`. Idempotent for one target; the input is not changed. Every tool result keeps its call. Linear in
 * the size of the conversation, without reading its texts.
 */
export function portable(call: ModelCall, target: CallTarget): PortableCall {
  const own = withOwnMetadata(call, target);
  const named = withAcceptedNames(own, target);
  const results = withAcceptedResults(withAcceptedIds(named.call.prompt, target), target);
  const prompt = withAcceptedSystem(results.filter(saysSomething), target);
  return { call: withAcceptedSchemas({ ...named.call, prompt }, target), renamedTools: named.renamed };
}

/**
 * Whether `target` takes the conversation as a client of its own format sent it, as far as others took part in it: no
 * thinking of another vendor, no ids that it refuses. If not, the bytes can't be passed on, and only `portable` helps.
 */
export function passesUnchanged(call: ModelCall, target: CallTarget): boolean {
  return !hasForeignThinking(call, target) && acceptsIds(call.prompt, target);
}

/** An answer that was nothing but foreign thinking is empty now, and empty messages are refused. */
function saysSomething({ role, content }: ModelMessage): boolean {
  return role !== 'assistant' || content.length > 0;
}
