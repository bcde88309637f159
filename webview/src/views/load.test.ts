/** How loads read in the Health section. */
import type { NodeView, RouteView } from '@task-router/protocol';
import { expect, it } from 'vitest';
import { learnedText, loadText, serverText } from './load.ts';

const load = {
  state: 'loaded',
  windowTokens: 4_096,
  bytes: 5_200_000_000,
  gpuBytes: 0,
  unloadsAtMs: null,
  coldStartMs: 8_000,
} as const;
const learnedWindow = { tokens: 4_096, readTokens: 2_048, sentTokens: 11_000, atMs: 1 };

it.each([
  [{ load }, 'loaded, 4,096 tokens of context, 5.2 GB'],
  [{ load: { ...load, windowTokens: null, bytes: null } }, 'loaded'],
  [{ load: { ...load, state: 'cold' } }, 'not loaded, 5.2 GB, a load takes about 8.0 s'],
  [{}, null],
])('a route %#', (route, text) => {
  expect(loadText(route as RouteView)).toBe(text);
});

it.each([
  [{ server: { loadedModels: 2, loadedBytes: 5.2e9, busySlots: 1 } }, '2 models loaded, 5.2 GB, 1 slot busy'],
  [{ server: { loadedModels: 1, loadedBytes: null, busySlots: null } }, '1 model loaded'],
  [{}, null],
])('a server %#', (node, text) => {
  expect(serverText(node as NodeView)).toBe(text);
});

it('a window that was learned', () => {
  expect(learnedText({ learnedWindow } as RouteView)).toBe(
    'Read 2,048 of about 11,000 tokens without a word; taken for 4,096 now',
  );
  expect(learnedText({ learnedWindow: { ...learnedWindow, readTokens: null } } as RouteView)).toContain(
    'at most 4,096 of',
  );
  expect(learnedText({} as RouteView)).toBeNull();
});
