/**
 * The key that `task-router connect` gives to a tool. A tool that holds one gets no second one unasked: a person is asked at
 * a terminal, a script says which (`--replace`, `--another`), and without a word nothing is made or ended.
 */
import type { EndpointKeyView, EndpointView, ToolKeyChoice } from '@task-router/protocol';
import { RouterError, daemonRequests, keysOfTool, limitsToKeep } from '@task-router/protocol';
import { askChoice } from '../ask-choice.ts';
import { formatMoment, plural } from '../format.ts';
import type { Output } from '../output.ts';
import { plain } from '../output.ts';
import type { Session } from '../session.ts';

export interface ToolKey {
  /** null: the tool goes on with what it has. */
  readonly made: { readonly key: string; readonly id: string } | null;
  /** What it held before. */
  readonly held: readonly EndpointKeyView[];
  /** Those of them that ended. */
  readonly revoked: readonly EndpointKeyView[];
}

export interface KeyWish {
  readonly name: string;
  /** null: nothing was said. */
  readonly choice: ToolKeyChoice | null;
  /** Never ask: the answer is read by a program. */
  readonly silent: boolean;
}

/** Rejects with `usage.invalid` where keys with different limits would be replaced, or `endpoint.tooManyKeys`. */
export async function keyForTool(
  { client }: Session,
  { keys }: EndpointView,
  wish: KeyWish,
  output: Output,
): Promise<ToolKey> {
  const held = keysOfTool(keys, wish.name);
  const choice = held.length === 0 ? 'another' : (wish.choice ?? (await choose(held, wish, output)));
  if (choice === 'settings') return { made: null, held, revoked: [] };
  const limits = choice === 'replace' ? limitsToKeep(held) : limitsToKeep([]);
  if (limits === null)
    throw new RouterError('usage.invalid', `The keys of ${plain(wish.name)} have different limits.`, {
      next: 'Make one with `task-router keys create`, and end the others with `task-router keys revoke`.',
    });
  const { key, view } = await client.request(daemonRequests.createEndpointKey, {
    name: wish.name,
    ...limits,
  });
  // The new one first: whatever fails, the tool is left with one that works.
  const revoked = choice === 'replace' ? held : [];
  for (const { id } of revoked) await client.request(daemonRequests.revokeEndpointKey, { id });
  return { made: { key, id: view.id }, held, revoked };
}

/** `made 2026-11-23 09:05, never used`. */
function heldText(name: string, held: readonly EndpointKeyView[]): string {
  const [first, ...more] = held.map(
    ({ id, createdAtMs, lastUsedAtMs }) =>
      `${id}, made ${formatMoment(createdAtMs)}, ${lastUsedAtMs === null ? 'never used' : `last used ${formatMoment(lastUsedAtMs)}`}`,
  );
  if (more.length === 0) return `${plain(name)} has a key already: ${first ?? ''}.`;
  return `${plain(name)} has ${plural(held.length, 'key')} already:\n${[first, ...more].map((each) => `  ${each}`).join('\n')}`;
}

async function choose(
  held: readonly EndpointKeyView[],
  { name, silent }: KeyWish,
  output: Output,
): Promise<ToolKeyChoice> {
  if (silent) return 'settings';
  output.line(`${heldText(name, held)}\n`);
  const old = held.length === 1 ? 'the old one' : `the ${held.length} old ones`;
  const choice = await askChoice<ToolKeyChoice>(output, [
    { id: 'settings', text: 'show the settings without a key: the tool keeps the one it has' },
    { id: 'replace', text: `make a new key, and revoke ${old}: it is refused from now on` },
    { id: 'another', text: 'make another key beside it' },
  ]);
  if (choice !== null) output.line();
  return choice ?? 'settings';
}
