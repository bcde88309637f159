import { describe, expect, it } from 'vitest';
import type { NodeIdentity } from '../nodes/node.ts';
import { NodeRegistry } from '../nodes/registry.ts';
import { RouteTables } from './route-table.ts';

const identity: NodeIdentity = {
  ...{ nodeId: 'one', provider: 'openai-compatible', label: 'One', origin: 'config' },
  ...{ baseUrl: 'http://127.0.0.1:9/v1', isLocal: true, isDemo: false, needsKey: true, slots: 4, rates: {} },
  ...{ quotaGroup: null, ownerClientId: null, configuredModels: [{ id: 'm', contextWindow: 8_000 }] },
};

function world() {
  const registry = new NodeRegistry({
    clock: { nowMs: () => 1 },
    createProvider: () => ({}) as never,
    onChange: () => undefined,
  });
  registry.put(identity, { confirmed: true });
  const tables = new RouteTables();
  return {
    registry,
    table: (client = 'a', allowFound = false) => tables.of(registry.visibleTo(client), allowFound),
  };
}

describe('what is kept of the routes', () => {
  it('is the same until a node changes, for all clients without nodes of their own', () => {
    const { table } = world();
    expect(table('b')).toBe(table('a'));
    expect(table('a', true)).not.toBe(table('a'));
  });

  it('is made anew after each change of a node', () => {
    const { registry, table } = world();
    const seen = [table()];
    const changes = [
      () => registry.setKey('one', { value: 'k', source: 'environment' }),
      () => registry.setContact('one', { status: 'unreachable', atMs: 1, message: 'no' }),
      () => registry.setContact('one', { status: 'unreachable', atMs: 2, message: 'still no' }),
      () => registry.setConfirmed('one', false),
      () => registry.setModels('one', []),
      () => registry.remove('one'),
    ];
    for (const change of changes) {
      change();
      expect(seen).not.toContain(table());
      seen.push(table());
    }
    const access = seen.map(({ rows }) => rows[0]?.access);
    expect(access.slice(0, 5)).toEqual([
      'keyMissing',
      'ready',
      'unreachable',
      'unreachable',
      'consentNeeded',
    ]);
    const standing = new Set(seen.map((each) => each.standing));
    // Another time of the same finding, and the same routes but for none, change nothing that filters read.
    expect(standing.size).toBe(5);
  });

  it("shows a window's own nodes to it alone", () => {
    const { registry, table } = world();
    const own = {
      ...identity,
      nodeId: 'editor',
      needsKey: false,
      ownerClientId: 'a',
      configuredModels: [{ id: 'x' }],
    };
    registry.put(own, { confirmed: true });
    expect(table('a').rows.map(({ routeId }) => routeId)).toEqual(['editor/x', 'one/m']);
    expect(table('b').rows.map(({ routeId }) => routeId)).toEqual(['one/m']);
  });

  it('finds routes by their ids', () => {
    const { table } = world();
    expect(table().placeOf('one/m')).toBe(0);
    expect(table().placeOf('one/other')).toBe(-1);
    expect(table().labels).toEqual({ 'one/m': { label: 'm (One)', provider: 'openai-compatible' } });
  });
});
