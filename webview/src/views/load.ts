/** What a server on this machine has in memory, in a few words: for the Health section. */
import type { NodeView, RouteView } from '@task-router/protocol';
import { formatCount, formatDuration, formatMemory, plural } from '../format.ts';

/** `2 models loaded, 5.2 GB, 1 slot busy`; null where the server does not tell. */
export function serverText({ server }: NodeView): string | null {
  if (server === undefined) return null;
  return [
    `${plural(server.loadedModels, 'model')} loaded`,
    ...(server.loadedBytes === null ? [] : [formatMemory(server.loadedBytes)]),
    ...(server.busySlots === null ? [] : [`${plural(server.busySlots, 'slot')} busy`]),
  ].join(', ');
}

/** Window in force and memory of a loaded model, or what loading it takes; null where the server does not tell. */
export function loadText({ load }: RouteView): string | null {
  if (load === undefined) return null;
  const size = load.bytes === null ? [] : [formatMemory(load.bytes)];
  if (load.state === 'cold') {
    return ['not loaded', ...size, `a load takes about ${formatDuration(load.coldStartMs)}`].join(', ');
  }
  const window = load.windowTokens === null ? [] : [`${formatCount(load.windowTokens)} tokens of context`];
  return ['loaded', ...window, ...size].join(', ');
}

/** What the server was seen to read of a longer prompt; null where it read all. */
export function learnedText({ learnedWindow: learned }: RouteView): string | null {
  if (learned === undefined) return null;
  const read =
    learned.readTokens === null ? `at most ${formatCount(learned.tokens)}` : formatCount(learned.readTokens);
  return `Read ${read} of about ${formatCount(learned.sentTokens)} tokens without a word; taken for ${formatCount(learned.tokens)} now`;
}
