/** A stored capability state comes back as it was, or not at all. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyCapability, readCapabilityState } from './capability-state.ts';

const state = {
  ...emptyCapability,
  classes: { fix: { good: 3.5, bad: 1 }, agentic: { good: 0, bad: 2 } },
  priorShare: 0.2,
  worseSum: 1.25,
  changes: 1,
  lastChangeMs: 1_700_000_000_000,
  grades: { feedback: 4, verifier: 2, editSurvival: 0 },
  updatedAtMs: 1_700_000_000_001,
};

describe('readCapabilityState', () => {
  it('reads what was written', () => {
    expect(readCapabilityState(JSON.parse(JSON.stringify(state)))).toEqual(state);
    expect(readCapabilityState(emptyCapability)).toBe(emptyCapability);
  });

  it.each([
    ['another version', { version: 2 }],
    ['a prior believed more than once', { priorShare: 1.5 }],
    ['a negative sum', { worseSum: -1 }],
    ['no number', { updatedAtMs: Number.NaN }],
    ['a string for a number', { changes: '1' }],
    ['a class without counts', { classes: { fix: { good: 1 } } }],
    ['classes that are a list', { classes: [] }],
    ['a source too few', { grades: { feedback: 1, verifier: 1 } }],
    ['a change at no time', { lastChangeMs: 'yesterday' }],
  ])('forgets %s', (_, damage) => {
    expect(readCapabilityState({ ...state, ...damage })).toBeNull();
  });

  it('forgets whatever else stands there, without an exception', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (stored) => {
        expect(readCapabilityState(stored)).toBeNull();
      }),
    );
  });
});
