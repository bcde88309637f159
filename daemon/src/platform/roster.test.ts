/** A roster beside a set: what it has, and what it leaves behind. */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Roster } from './roster.ts';

it('has what a set has', () => {
  const steps = fc.array(fc.record({ isAdd: fc.boolean(), member: fc.nat(20) }), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (taken) => {
      const roster = new Roster<number>();
      const set = new Set<number>();
      for (const { isAdd, member } of taken) {
        if (!isAdd) {
          roster.delete(member);
          set.delete(member);
        } else if (!set.has(member)) {
          roster.add(member);
          set.add(member);
        }
        expect(roster.size).toBe(set.size);
        expect(new Set(roster.all())).toEqual(set);
      }
    }),
  );
});

it('hands on those who were there when it was asked', () => {
  const roster = new Roster<string>();
  for (const member of ['a', 'b', 'c']) roster.add(member);
  const met = [];
  for (const member of roster.all()) {
    roster.delete(member);
    met.push(member);
  }
  expect(met).toEqual(['a', 'b', 'c']);
  expect(roster.size).toBe(0);
});

it('lets small collections take those who left, where a set keeps them', () => {
  expect(keptMb(new Roster<object>())).toBeLessThan(2);
  expect(keptMb(new Set<object>())).toBeGreaterThan(10);
});

/** How much of 16 MB that came and went, 64 members at a time, is taken for long-lived. */
function keptMb(running: { add(member: object): unknown; delete(member: object): unknown }): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: { readonly type: 'major' | 'minor' }) => void;
  const members: object[] = [];
  let beforeMb = 0;
  for (let count = 0; count < 16_000; count += 1) {
    const member = { content: Array.from({ length: 120 }, (_, at) => at + 0.5) };
    running.add(member);
    const left = members[count % 64];
    if (left !== undefined) running.delete(left);
    members[count % 64] = member;
    if (count % 400 === 0) collect({ type: count < 2_000 ? 'major' : 'minor' });
    if (count === 2_000) beforeMb = oldSpaceMb();
  }
  return oldSpaceMb() - beforeMb;
}

function oldSpaceMb(): number {
  const old = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space');
  return (old?.space_used_size ?? Number.NaN) / 1_000_000;
}
