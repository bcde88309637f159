/** When the guard speaks up, with each kind of server's count, and that it does so after a restart too. */
import { beforeEach, describe, expect, it } from 'vitest';
import { callOf } from '../../providers/call-text.ts';
import { MemoryStore } from '../../store/memory/memory-store.ts';
import type { Store } from '../../store/store.ts';
import type { Node } from '../nodes/node.ts';
import { ContextGuard, cutSentence } from './context-guard.ts';

const nowMs = 1_800_000_000_000;
const clock = { nowMs: () => nowMs };
let store: Store;
let guard: ContextGuard;

beforeEach(() => {
  store = new MemoryStore('test');
  guard = new ContextGuard({ store, clock });
});

const node = (provider: Node['provider']) => ({ nodeId: 'n', provider }) as Node;
const text = (name: string) => callOf([{ role: 'user', text: `${name} ${'do this thing '.repeat(3_000)}` }]);

async function judge(
  provider: Node['provider'],
  name: string,
  tokens: number | null,
  changes: { countsCached?: boolean; windowNow?: number | null } = {},
) {
  const prompt = guard.watch(node(provider), 'n/m', text(name));
  if (prompt === null) return 'not watched';
  const told = { tokens, countsCached: changes.countsCached ?? false, askedWindow: null };
  return guard.judge(prompt, told, () => Promise.resolve(changes.windowNow ?? null));
}

describe('a small count', () => {
  it('of a server on OpenAI’s wire is a cut: that wire counts what was cached', async () => {
    expect(await judge('openai-compatible', 'a', 4_096)).toMatchObject({ readTokens: 4_096 });
  });

  it('of a prompt that was sent before is none, on any wire', async () => {
    await judge('openai-compatible', 'a', 11_000);
    expect(await judge('openai-compatible', 'a', 40)).toBeNull();
  });

  it('of Ollama is one only if nothing else can explain it', async () => {
    // Its model was in memory before we looked, with prompts that nobody here knows.
    expect(await judge('ollama', 'a', 40)).toBeNull();
    expect(await judge('ollama', 'b', 4_096, { countsCached: true })).toMatchObject({ evidence: 'count' });
    guard.wasCold('n/m');
    expect(await judge('ollama', 'c', 4_096)).toMatchObject({ evidence: 'count' });
    // Now it is: the same prompt again.
    expect(await judge('ollama', 'c', 40)).toBeNull();
  });

  it('is a cut whatever is cached, where the server’s own window has no room for the text', async () => {
    expect(await judge('ollama', 'a', null, { windowNow: 4_096 })).toMatchObject({ evidence: 'window' });
  });

  it('of a question alone is none after calls with many tools, whose schemas were counted too', async () => {
    const tools = [{ type: 'function', name: 'read', inputSchema: { type: 'object' } }] as const;
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const prompt = guard.watch(node('openai-compatible'), 'n/m', { ...text(name), tools: [...tools] });
      const told = { tokens: 40_000, countsCached: false, askedWindow: null };
      if (prompt !== null) await guard.judge(prompt, told, () => Promise.resolve(null));
    }
    expect(await judge('openai-compatible', 'a title', 11_000)).toBeNull();
  });

  it('of a cloud account is its own affair', async () => {
    expect(await judge('anthropic', 'a', 5)).toBe('not watched');
  });
});

describe('what was learned', () => {
  it('outlives the daemon, and ends with a larger window', async () => {
    await judge('openai-compatible', 'a', 4_096);
    const next = new ContextGuard({ store, clock });
    expect(next.learned('n/m', null)).toMatchObject({ tokens: 4_096 });
    expect(next.learned('n/m', 32_768)).toBeNull();
    expect(next.learned('n/other', null)).toBeNull();
  });

  it('reads as a sentence', () => {
    const cut = {
      type: 'truncated',
      readTokens: 4_096,
      sentTokens: 11_234,
      windowTokens: 4_096,
      evidence: 'count',
    } as const;
    expect(cutSentence(cut)).toBe('the server read 4,096 of about 11,000 tokens');
    expect(cutSentence({ ...cut, readTokens: null })).toBe(
      'the server read at most 4,096 of about 11,000 tokens',
    );
  });
});
