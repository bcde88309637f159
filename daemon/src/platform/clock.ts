/** The real clock, for everything that takes one as an argument. */
import type { Clock } from '../engine/index.ts';

export const systemClock: Clock = { nowMs: () => Date.now() };
