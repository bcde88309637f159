import type { KeyCheck, NodeView } from '@task-router/protocol';
import { describe, expect, it } from 'vitest';
import { addKeyFlow, foundAccounts, keyChoices, keyProblem, type Verdict } from './key-flow.ts';

const check = (status: KeyCheck['status']): KeyCheck => ({ status, message: '', models: null });

function flow(typed: (string | undefined)[], checks: KeyCheck['status'][], verdicts: Verdict[] = []) {
  const done: string[] = [];
  const keys = {
    check: async (nodeId: string, key: string) => {
      done.push(`check ${nodeId} ${key}`);
      return check(checks.shift()!);
    },
    keep: async (nodeId: string, key: string) => void done.push(`keep ${nodeId} ${key}`),
    discard: async (nodeId: string) => void done.push(`discard ${nodeId}`),
  };
  const questions = {
    askKey: async () => typed.shift(),
    askVerdict: async () => verdicts.shift()!,
  };
  return { end: addKeyFlow('openai', keys, questions), done };
}

describe('addKeyFlow', () => {
  it('stores a key that the provider accepts', async () => {
    const { end, done } = flow(['k1'], ['accepted']);
    expect(await end).toMatchObject({ type: 'kept', check: { status: 'accepted' } });
    expect(done).toEqual(['check openai k1', 'keep openai k1']);
  });

  it('does not store a rejected key, and takes it out of the daemon again', async () => {
    const { end, done } = flow(['bad'], ['rejected'], ['discard']);
    expect(await end).toEqual({ type: 'dropped' });
    expect(done).toEqual(['check openai bad', 'discard openai']);
  });

  it('lets the developer try again', async () => {
    const { end, done } = flow(['bad', 'good'], ['rejected', 'accepted'], ['again']);
    expect(await end).toMatchObject({ type: 'kept' });
    expect(done).toEqual(['check openai bad', 'discard openai', 'check openai good', 'keep openai good']);
  });

  it('stores a key that could not be checked when the developer insists', async () => {
    const { end, done } = flow(['k'], ['unreachable'], ['keep']);
    expect(await end).toMatchObject({ type: 'kept', check: { status: 'unreachable' } });
    expect(done.at(-1)).toBe('keep openai k');
  });

  it('does nothing when the developer types nothing', async () => {
    const { end, done } = flow([undefined], []);
    expect(await end).toEqual({ type: 'dropped' });
    expect(done).toEqual([]);
  });
});

describe('keyProblem', () => {
  it.each(['', '   ', 'two words', 'line\nbreak', 'nul\0', 'café', 'x'.repeat(5000)])(
    'refuses %j',
    (text) => {
      expect(keyProblem(text, 4096)).toBeDefined();
    },
  );
  it.each(['sk-abc_DEF-123', '  trimmed  '])('takes %j', (text) => {
    expect(keyProblem(text, 4096)).toBeUndefined();
  });
});

const node = (changes: Partial<NodeView>): NodeView => ({
  nodeId: 'n',
  provider: 'openai',
  label: 'n',
  origin: 'config',
  baseUrl: null,
  isLocal: false,
  isDemo: false,
  access: 'ready',
  accessHint: null,
  keySource: 'none',
  slots: null,
  routes: [],
  ...changes,
});

describe('keyChoices', () => {
  it('offers the clouds, then configured nodes, each once, with what is known about their keys', () => {
    const nodes = [
      node({ nodeId: 'openai', access: 'keyRejected' }),
      node({ nodeId: 'lab', provider: 'openai-compatible', label: 'Lab', access: 'keyMissing' }),
      node({ nodeId: 'local', provider: 'ollama' }),
      node({ nodeId: 'demo-fast', provider: 'openai-compatible', isDemo: true }),
      node({ nodeId: 'editor', provider: 'editor' }),
    ];
    expect(keyChoices(nodes, ['anthropic']).map(({ nodeId, description }) => [nodeId, description])).toEqual([
      ['openai', 'the present key is rejected'],
      ['anthropic', 'has a key of yours'],
      ['google', 'no key yet'],
      ['lab', 'no key yet'],
    ]);
  });
});

describe('foundAccounts', () => {
  it('are those that wait for a confirmation, except the editor’s own models', () => {
    const nodes = [
      node({ nodeId: 'openai', access: 'consentNeeded' }),
      node({ nodeId: 'editor', provider: 'editor', access: 'consentNeeded' }),
      node({ nodeId: 'ready' }),
    ];
    expect(foundAccounts(nodes).map(({ nodeId }) => nodeId)).toEqual(['openai']);
  });
});
