import { drillFailures, taskKinds } from '@task-router/protocol';
import { describe, expect, it } from 'vitest';
import { buildRoute } from '../../../test/support/engine-facts.ts';
import { drill } from './drill.ts';

const prices = { inputPerMTok: 3, outputPerMTok: 15 };
const free = { inputPerMTok: 0, outputPerMTok: 0 };
const cloud = buildRoute({ routeId: 'cloud/large', capabilityPrior: 0.9, prices });
const other = buildRoute({ routeId: 'other/large', capabilityPrior: 0.7, prices });
const local = buildRoute({ routeId: 'local/small', isLocal: true, capabilityPrior: 0.4, prices: free });

describe('the drill', () => {
  const routeOf = (routes: readonly (typeof cloud)[], policy = {}) => {
    const { cells } = drill({
      factsFor: () => routes,
      policy: [{ level: 'user', name: 'config.jsonc', policy: { objective: 'quality', ...policy } }],
    });
    expect(cells).toHaveLength(taskKinds.length * drillFailures.length);
    return Object.fromEntries(
      cells.filter(({ kind }) => kind === 'fix').map(({ failure, route }) => [failure, route]),
    );
  };

  it('shows where a task goes under each failure', () => {
    expect(routeOf([cloud, other, local])).toEqual({
      none: 'cloud/large',
      providerDown: 'other/large',
      offline: 'local/small',
      budgetZero: 'local/small',
      quotaOut: 'other/large',
      localUnloaded: 'cloud/large',
    });
  });

  it('holds the policy through every failure', () => {
    const allowed = routeOf([cloud, other, local], { localOnly: true });
    expect(new Set(Object.values(allowed))).toEqual(new Set(['local/small', null]));
    expect(allowed['providerDown']).toBeNull();
  });

  it('says that a task goes nowhere, and why', () => {
    const { cells } = drill({ factsFor: () => [cloud], policy: [] });
    const offline = cells.find(({ failure }) => failure === 'offline');
    expect(offline).toMatchObject({
      route: null,
      reason: expect.stringContaining('health.unreachable') as string,
    });
  });
});
