import { describe, expect, it } from 'vitest';
import { buildLayer, buildRoute, buildTask } from '../../../../test/support/engine-facts.ts';
import { candidateKey, isPreparedFor, prepareCandidates } from './prepare.ts';

const task = buildTask();
const routes = [buildRoute({ routeId: 'a/one' }), buildRoute({ routeId: 'b/two', access: 'keyMissing' })];
const layers = [buildLayer('folder', { deny: ['a/*'] })];

describe('prepareCandidates', () => {
  it('holds the merged policy and what speaks against each route for good', () => {
    const prepared = prepareCandidates(task, routes, layers);
    expect(prepared.policy.deny).toHaveLength(1);
    expect(prepared.routes.map(({ routeId, rejection }) => [routeId, rejection?.code ?? null])).toEqual([
      ['a/one', 'policy.denied'],
      ['b/two', 'access.keyMissing'],
    ]);
  });

  it('is plain data: a copy through JSON serves as well', () => {
    const prepared = prepareCandidates(task, routes, layers);
    const copy = JSON.parse(JSON.stringify(prepared)) as typeof prepared;
    expect(copy).toEqual(prepared);
    expect(isPreparedFor(copy, task, routes, layers)).toBe(true);
  });

  it('leaves out what changes by the second and what depends on the size of the task', () => {
    const prepared = prepareCandidates(task, routes, layers);
    const busy = routes.map((route) => ({
      ...route,
      health: 'ejected' as const,
      load: { inFlight: 9, slots: 1 },
      prices: null,
    }));
    const huge = buildTask({ inputTokens: 1e9, maxCostUsd: 0, exclude: ['a/one'] });
    expect(prepareCandidates(huge, busy, layers)).toEqual(prepared);
    expect(isPreparedFor(prepared, huge, busy, layers)).toBe(true);
  });

  it('fits nothing that it was not made for', () => {
    const prepared = prepareCandidates(task, routes, layers);
    const [first, second] = routes as [(typeof routes)[0], (typeof routes)[0]];
    const needy = buildTask({ needs: { ...task.needs, vision: true } });
    const blind = { ...first.capabilities, vision: null };
    const misfits = [
      isPreparedFor(prepared, needy, routes, layers),
      isPreparedFor(prepared, task, [first], layers),
      isPreparedFor(prepared, task, [second, first], layers),
      isPreparedFor(prepared, task, [{ ...first, isLocal: true }, second], layers),
      isPreparedFor(prepared, task, [first, { ...second, access: 'ready' }], layers),
      isPreparedFor(prepared, task, [{ ...first, capabilities: blind }, second], layers),
      isPreparedFor(prepared, task, routes, []),
      isPreparedFor(prepared, task, routes, [buildLayer('folder', { deny: ['a/*'], localOnly: true })]),
      isPreparedFor(prepared, task, routes, [buildLayer('folder', { deny: ['a/*'] }, 'other')]),
    ];
    expect(misfits).toEqual(misfits.map(() => false));
    expect(isPreparedFor(prepared, task, [...routes], [...layers])).toBe(true);
  });
});

describe('candidateKey', () => {
  const key = (changes = {}, policy = 'p1', catalog = 'c1', epoch = 'e1') =>
    candidateKey(buildTask(changes), policy, catalog, epoch);

  it('is the same for tasks that share their standing filters', () => {
    expect(key({ kind: 'fix', inputTokens: 9 })).toBe(key({ kind: 'chat', taskId: 'other' }));
  });

  it('differs with needs, policy, catalogue and epoch', () => {
    const needs = (need: string) => ({ needs: { ...buildTask().needs, [need]: true } });
    const keys = [
      key(),
      key(needs('tools')),
      key(needs('vision')),
      key(needs('structuredOutput')),
      key(needs('reasoning')),
      key({}, 'p2'),
      key({}, 'p1', 'c2'),
      key({}, 'p1', 'c1', 'e2'),
      // Versions that hold a separator must not run into each other.
      key({}, 'p1","c1', 'x'),
      key({}, 'p1', 'c1","x'),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
