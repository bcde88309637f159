/**
 * Whether a route gets a tool's call as it came: its server speaks the tool's format, and nobody else took part in the
 * conversation.
 */
import { passesUnchanged } from '../../providers/portable-call.ts';
import type { Node, NodeModel } from '../nodes/node.ts';
import type { OutsideCall } from './outside-call.ts';

/** Linear in the conversation's parts, without their texts; only for routes of the call's own format. */
export function takesAsIs(
  { raw, call }: OutsideCall,
  { provider, client }: Node,
  { modelId }: NodeModel,
): boolean {
  return client?.forward?.formatFor(modelId) === raw.format && passesUnchanged(call, { provider, modelId });
}
