/** The last step of a probability: `slope * log-odds + offset`, fitted by Newton so that chances come true. */

export interface LogisticRow {
  readonly logOdds: number;
  /** 0..1 */
  readonly outcome: number;
}

const rounds = 30;
/** Holds the map near the identity when there are few rows. */
const priorRows = 20;

/** The slope stays positive: calibration never turns an order. */
export function fitLogistic(rows: readonly LogisticRow[]): {
  readonly slope: number;
  readonly offset: number;
} {
  let [slope, offset] = [1, 0];
  for (let round = 0; round < rounds; round += 1) {
    let [g0, g1, h00, h01, h11] = [priorRows * offset, priorRows * (slope - 1), priorRows, 0, priorRows];
    for (const { logOdds, outcome } of rows) {
      const chance = 1 / (1 + Math.exp(-(slope * logOdds + offset)));
      const weight = chance * (1 - chance);
      g0 += chance - outcome;
      g1 += (chance - outcome) * logOdds;
      h00 += weight;
      h01 += weight * logOdds;
      h11 += weight * logOdds * logOdds;
    }
    const determinant = h00 * h11 - h01 * h01;
    const [stepOffset, stepSlope] = [
      (h11 * g0 - h01 * g1) / determinant,
      (h00 * g1 - h01 * g0) / determinant,
    ];
    offset -= stepOffset;
    slope = Math.max(0.05, slope - stepSlope);
    if (Math.abs(stepOffset) + Math.abs(stepSlope) < 1e-10) break;
  }
  return { slope, offset };
}
