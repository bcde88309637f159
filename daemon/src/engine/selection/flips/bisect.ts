/**
 * Where a condition begins to hold, to the last bit. The numbers between two positive doubles are halved by their bit
 * patterns, which rise with the numbers, so 64 steps reach two neighbours: the condition fails on one and holds on the
 * other. Nothing is assumed of the function but that it turns once; the bracket is checked first.
 */

export interface Threshold {
  /** The nearest value at which the condition holds. */
  readonly at: number;
  /** Its neighbour towards the start, at which it does not. */
  readonly before: number;
}

/** From `start` (fails) towards `end` (holds), both finite and at least 0; null where the bracket is none. */
export function firstHolding(
  start: number,
  end: number,
  holds: (value: number) => boolean,
): Threshold | null {
  if (!(start >= 0 && end >= 0 && start !== end) || holds(start) || !holds(end)) return null;
  const cell = new DataView(new ArrayBuffer(8));
  let [fails, succeeds] = [bitsOf(start, cell), bitsOf(end, cell)];
  while (succeeds - fails > 1n || fails - succeeds > 1n) {
    const middle = (fails + succeeds) / 2n;
    if (holds(numberOf(middle, cell))) succeeds = middle;
    else fails = middle;
  }
  return { before: numberOf(fails, cell), at: numberOf(succeeds, cell) };
}

function bitsOf(value: number, cell: DataView): bigint {
  cell.setFloat64(0, value);
  return cell.getBigInt64(0);
}

function numberOf(bits: bigint, cell: DataView): number {
  cell.setBigInt64(0, bits);
  return cell.getFloat64(0);
}

/** The largest whole number in `low..high` for which `holds`, when it holds up to there and never after; `low - 1`: none. */
export function lastHolding(low: number, high: number, holds: (value: number) => boolean): number {
  let [yes, no] = [low - 1, high + 1];
  while (no - yes > 1) {
    const middle = Math.floor(yes + (no - yes) / 2);
    if (holds(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}
