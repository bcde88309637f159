/**
 * Does a route cost more than it did, for the same tokens? What calls cost is held against what the price list says of
 * them, in blocks: a price that changed shows in every call alike, so no finer test is needed. Where the cost comes from a
 * table the ratio is exact; where the server tells it, tokens that the table does not know of scatter it (cache writes,
 * another of a gateway's providers), so a change also has to stand out from the scatter of both blocks.
 */
import { anomaly } from '../config/performance.ts';
import type { AttemptResult } from '../model/attempt.ts';
import { emptyCostBlock, type CostBlock, type CostRatio } from './anomaly-state.ts';

/** Cheaper calls are none: nothing can be told from them. */
const leastUsd = 1e-9;
const mostUsd = 1e9;

export interface CostTest {
  readonly block: CostBlock;
  /** A block that is full, against the one before; null while there is none. */
  readonly ended: {
    /** Share by which the ratio changed; 0 where it is lost in the scatter. */
    readonly change: number;
    readonly calls: number;
    readonly sinceMs: number | null;
  } | null;
}

/** null where the call says nothing of prices. */
export function testCost(
  before: CostBlock,
  { costUsd, listCostUsd, endedAtMs }: AttemptResult,
): CostTest | null {
  if (!isAmount(costUsd) || !isAmount(listCostUsd)) return null;
  const block: CostBlock = {
    calls: before.calls + 1,
    settledUsd: before.settledUsd + costUsd,
    listedUsd: before.listedUsd + listCostUsd,
    squares: {
      settled: before.squares.settled + costUsd ** 2,
      mixed: before.squares.mixed + costUsd * listCostUsd,
      listed: before.squares.listed + listCostUsd ** 2,
    },
    sinceMs: before.sinceMs ?? endedAtMs,
    usual: before.usual,
  };
  if (block.calls < anomaly.cost.calls) return { block, ended: null };
  const seen = ratioOf(block);
  const { calls, sinceMs } = block;
  const change = block.usual === null ? 0 : changeOf(block.usual, seen);
  return { block: { ...emptyCostBlock, usual: seen }, ended: { change, calls, sinceMs } };
}

/** Ratio of the sums, and its standard error as that of a ratio estimate. */
function ratioOf({ settledUsd, listedUsd, squares }: CostBlock): CostRatio {
  const ratio = settledUsd / listedUsd;
  const scatter = squares.settled - 2 * ratio * squares.mixed + ratio ** 2 * squares.listed;
  return { ratio, error: Math.sqrt(Math.max(0, scatter)) / listedUsd };
}

function changeOf(usual: CostRatio, seen: CostRatio): number {
  const noise = anomaly.cost.standardErrors * Math.hypot(usual.error, seen.error);
  if (!(usual.ratio > 0) || Math.abs(seen.ratio - usual.ratio) <= noise) return 0;
  return seen.ratio / usual.ratio - 1;
}

function isAmount(value: number | null | undefined): value is number {
  return value != null && value >= leastUsd && value <= mostUsd;
}
