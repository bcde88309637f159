/** A free slot on the node, as the allocation ledger counts them. */
import { wordCount } from '../words.ts';
import { keep, reject, type Filter } from './filter.ts';

export const slotFilter: Filter = ({ load }) => {
  if (load.slots === null || load.inFlight < load.slots) return keep;
  return reject('resources.noSlot', `all of its ${wordCount(load.slots, 'slot')} are taken`);
};
