/** Grades move beliefs, and only grades do. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../math/random.ts';
import { beliefOf } from './belief.ts';
import { readCapabilityState } from './capability-state.ts';
import { capabilityFacts, integrateCapabilityScores, type Grade } from './integrate-capability-scores.ts';

const grade = (value: number, more: Partial<Grade> = {}): Grade => ({
  taskClass: 'fix',
  value,
  source: 'feedback',
  propensity: 1,
  expected: 0.75,
  atMs: 1_000,
  ...more,
});
const prior = beliefOf(0.75, 20);
const after = (grades: readonly Grade[]) => integrateCapabilityScores(null, grades).state;
const meanAfter = (grades: readonly Grade[], taskClass = 'fix') =>
  capabilityFacts(after(grades), taskClass, prior).mean;

describe('integrateCapabilityScores', () => {
  it('is Bayes: 20 pseudo-outcomes at 75 % and 10 good ones make 25 of 30', () => {
    const grades = Array.from({ length: 10 }, () => grade(1));
    const facts = capabilityFacts(after(grades), 'fix', prior);
    expect(facts.mean).toBeCloseTo(25 / 30, 12);
    expect(facts.confidence).toBeCloseTo(10 / 30, 12);
    expect(facts.lowerBound).toBeLessThan(facts.mean);
    expect(facts.metadata).toMatchObject({
      ownEvidence: 10,
      priorStrength: 20,
      changes: 0,
      updatedAtMs: 1_000,
    });
  });

  it('keeps classes apart', () => {
    expect(meanAfter([grade(0), grade(0)], 'test')).toBeCloseTo(0.75, 12);
  });

  it('rises with a better grade, never falls with it', () => {
    const value = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 20 }), value, value, (before, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const grades = before.map((one) => grade(one, { expected: one }));
        expect(meanAfter([...grades, grade(high, { expected: high })])).toBeGreaterThanOrEqual(
          meanAfter([...grades, grade(low, { expected: low })]) - 1e-12,
        );
      }),
    );
  });

  it('counts a rare choice more, a lucky one not without bound, and later edits half', () => {
    const own = (more: Partial<Grade>) =>
      capabilityFacts(after([grade(1, more)]), 'fix', prior).metadata.ownEvidence;
    expect(own({ propensity: 0.5 })).toBeCloseTo(2, 12);
    expect(own({ propensity: 0.001 })).toBeCloseTo(5, 12);
    expect(own({ source: 'editSurvival' })).toBeCloseTo(0.5, 12);
  });

  it('takes no grade that is none', () => {
    for (const bad of [
      { value: Number.NaN },
      { value: 2 },
      { propensity: 0 },
      { expected: -1 },
      { atMs: -1 },
    ]) {
      expect(after([grade(1, bad)])).toEqual(after([]));
    }
  });

  it('notices a silent regression within 60 grades, and then believes a fifth', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const random = createRandom(seed);
      const healthy = Array.from({ length: 100 }, () => grade(random.next() < 0.75 ? 1 : 0));
      let { state } = integrateCapabilityScores(null, healthy);
      const changesBefore = state.changes;
      let grades = 0;
      while (state.changes === changesBefore && grades < 200) {
        state = integrateCapabilityScores(state, [grade(random.next() < 0.45 ? 1 : 0)]).state;
        grades += 1;
      }
      expect(grades).toBeLessThan(100);
      expect(state.priorShare).toBeLessThanOrEqual(0.2);
      expect(capabilityFacts(state, 'fix', prior).metadata.priorStrength).toBeLessThanOrEqual(4);
    }
  });

  it('raises few false alarms while nothing changes', () => {
    let changes = 0;
    for (let seed = 1; seed <= 20; seed += 1) {
      const random = createRandom(1_000 + seed);
      const grades = Array.from({ length: 500 }, () => grade(random.next() < 0.75 ? 1 : 0));
      changes += after(grades).changes;
    }
    // 10,000 grades of a model that stays as it is.
    expect(changes).toBeLessThanOrEqual(6);
  });

  it('lets old evidence fade once the window is full', () => {
    const grades = Array.from({ length: 2_000 }, () => grade(1, { expected: 1 }));
    const facts = capabilityFacts(after(grades), 'fix', prior);
    expect(facts.metadata.ownEvidence).toBeCloseTo(500, 6);
  });

  it('adds similar tasks as evidence', () => {
    const facts = capabilityFacts(null, 'fix', prior, { good: 10, bad: 0 });
    expect(facts.mean).toBeCloseTo(25 / 30, 12);
  });

  it('has a state that survives a restart, and forgets one that is damaged', () => {
    const state = after([grade(1), grade(0.5, { taskClass: 'test', source: 'verifier' })]);
    expect(readCapabilityState(JSON.parse(JSON.stringify(state)))).toEqual(state);
    for (const damage of [
      { version: 2 },
      { priorShare: 3 },
      { classes: { fix: { good: -1, bad: 0 } } },
      { grades: {} },
    ]) {
      expect(readCapabilityState({ ...state, ...damage })).toBeNull();
    }
    for (const nothing of [null, 1, 'x', [], {}]) expect(readCapabilityState(nothing)).toBeNull();
  });

  it('is not fooled by names of the prototype', () => {
    expect(meanAfter([grade(1)], 'constructor')).toBeCloseTo(0.75, 12);
    expect(meanAfter([grade(0, { taskClass: '__proto__' })])).toBeCloseTo(0.75, 12);
  });
});
