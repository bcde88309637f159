/** What comes when: the reference table's closed loop of coding sessions, and the open traces at their own rate. */
import { Randomness } from '../base/randomness.ts';
import type { Workload } from './run-policy.ts';
import { conversationsOf, loadTrace, type Call } from './traces.ts';

/** Coding sessions in a random order, arriving at `perS` a second. */
export function codingSessions(seed: number, perS: number, sessions: number): Workload {
  const random = new Randomness(seed).fork('sessions');
  const conversations = shuffled([...conversationsOf(loadTrace('claude-code'))], random);
  let atS = 0;
  const starts = conversations.slice(0, sessions).map((calls) => {
    atS += random.exponential(1 / perS);
    return { atS, calls };
  });
  return { seed, starts, loop: 'closed' };
}

/** An open trace as it was recorded; the seed changes slowdowns and noise only. */
export function recorded(seed: number, calls: readonly Call[]): Workload {
  return { seed, starts: [{ atS: 0, calls }], loop: 'open' };
}

/** Fisher and Yates. */
function shuffled<Item>(items: Item[], random: Randomness): Item[] {
  for (let left = items.length - 1; left > 0; left -= 1) {
    const other = random.index(left + 1);
    [items[left], items[other]] = [items[other]!, items[left]!];
  }
  return items;
}
