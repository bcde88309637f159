/**
 * Quality floors of the policy's layers: a model that is expected to do this kind of task worse is not asked, also
 * when every better one fails. Held against the mean that the card shows and the score uses, so that a developer can
 * read off what a floor would do.
 */
import type { ResolvedPolicy } from '../../model/policy.ts';
import { capabilityPart } from '../scorers/capability.ts';
import { keep, reject, type Filter } from './filter.ts';

export const qualityFilter: Filter = (route, { policy }) => {
  const floor = qualityFloor(policy);
  if (floor === null) return keep;
  const quality = capabilityPart(route);
  // Also below a floor that is no number: a broken floor must not let everything in.
  if (quality >= floor.value) return keep;
  const reason = `expected to do this kind of task well with a chance of ${quality.toFixed(2)}, the floor is ${floor.value.toFixed(2)}`;
  return reject('policy.qualityFloor', reason, floor.setting);
};

/** The highest floor; of equal ones the widest layer's. */
function qualityFloor({ qualityFloors }: ResolvedPolicy): ResolvedPolicy['qualityFloors'][number] | null {
  return qualityFloors.reduce<ResolvedPolicy['qualityFloors'][number] | null>(
    (highest, each) => (highest === null || !(each.value <= highest.value) ? each : highest),
    null,
  );
}
