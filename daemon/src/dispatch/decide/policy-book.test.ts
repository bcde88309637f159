import { describe, expect, it } from 'vitest';
import type { PolicyLayer } from '../../engine/index.ts';
import { PolicyBook } from './policy-book.ts';

const layer = (policy: PolicyLayer['policy'], name = 'aider'): PolicyLayer => ({
  level: 'task',
  name,
  policy,
});

describe('PolicyBook', () => {
  it('gives the same policies for the same layers, however they came', () => {
    const book = new PolicyBook();
    const own = { objective: 'cost' } as const;
    const key = { allow: ['a/*'] };
    const first = book.of(own, [layer(key)]);
    expect(book.of(own, [layer(key)])).toBe(first);
    expect(book.of({ ...own }, [layer({ ...key })])).toBe(first);
    expect(first.layers).toEqual([{ level: 'user', name: 'config.jsonc', policy: own }, layer(key)]);
    expect(new PolicyBook().of(own, [layer(key)]).version).toBe(first.version);
  });

  it('gives others for any change', () => {
    const book = new PolicyBook();
    const own = {};
    const key = { allow: ['a/*'] };
    const all = [
      book.of(own, []),
      book.of(own, [layer(key)]),
      book.of(own, [layer(key, 'other')]),
      book.of(own, [{ ...layer(key), level: 'folder' }]),
      book.of(own, [layer({ allow: ['b/*'] })]),
      book.of(own, [layer(key), layer({})]),
      book.of({ localOnly: true }, [layer(key)]),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(new Set(all.map(({ version }) => version)).size).toBe(all.length);
  });

  it('takes the objective of the nearest layer that has one', () => {
    const book = new PolicyBook();
    expect(book.of({}, []).objective).toBe('balanced');
    expect(book.of({ objective: 'cost' }, [layer({})]).objective).toBe('cost');
    expect(book.of({ objective: 'cost' }, [layer({ objective: 'speed' }), layer({})]).objective).toBe(
      'speed',
    );
  });

  it('stays right beyond what it keeps', () => {
    const book = new PolicyBook();
    for (let round = 0; round < 2; round += 1) {
      for (let at = 0; at < 300; at += 1) {
        const policy = { deny: [`n${at}`] };
        expect(book.of({}, [layer(policy)]).each[1]).toEqual(policy);
      }
    }
  });
});
