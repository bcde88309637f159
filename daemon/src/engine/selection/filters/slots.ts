/** A free slot on the node, as the allocation ledger counts them. */
import { keep, reject, type Filter } from './filter.ts';

export const slotFilter: Filter = ({ load }) => {
  if (load.slots === null || load.inFlight < load.slots) return keep;
  return reject(
    'resources.noSlot',
    load.slots === 1 ? 'its only slot is taken' : `all of its ${load.slots} slots are taken`,
  );
};
