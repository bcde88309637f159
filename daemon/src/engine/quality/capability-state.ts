/** What a model has earned here: plain data with one writer, `integrateCapabilityScores`; stored as JSON. */
export interface CapabilityState {
  readonly version: 1;
  /** Weighted graded outcomes per task class. */
  readonly classes: Readonly<Record<string, { readonly good: number; readonly bad: number }>>;
  /** Share of the published prior that is still believed: 1, less after each detected change. */
  readonly priorShare: number;
  /** Sequential test for a change for the worse, and for the better. */
  readonly worseSum: number;
  readonly betterSum: number;
  readonly changes: number;
  /** null: none was detected. */
  readonly lastChangeMs: number | null;
  /** Grades taken in, by their source. */
  readonly grades: Readonly<Record<GradeSource, number>>;
  readonly updatedAtMs: number;
}

/** Who judged: the developer, a check that ran, or how much of the answer was still there later. */
export type GradeSource = 'feedback' | 'verifier' | 'editSurvival';
const gradeSources: readonly GradeSource[] = ['feedback', 'verifier', 'editSurvival'];

export const emptyCapability: CapabilityState = {
  version: 1,
  classes: {},
  priorShare: 1,
  worseSum: 0,
  betterSum: 0,
  changes: 0,
  lastChangeMs: null,
  grades: { feedback: 0, verifier: 0, editSurvival: 0 },
  updatedAtMs: 0,
};

/** A stored state if it is one that this version can go on with, else null: forgetting is safe, guessing is not. */
export function readCapabilityState(stored: unknown): CapabilityState | null {
  return isCapabilityState(stored) ? stored : null;
}

function isCapabilityState(value: unknown): value is CapabilityState {
  return (
    isRecord(value) &&
    value['version'] === 1 &&
    ['worseSum', 'betterSum', 'changes', 'updatedAtMs'].every((name) => isAmount(value[name])) &&
    isAmount(value['priorShare']) &&
    Number(value['priorShare']) <= 1 &&
    (value['lastChangeMs'] === null || isAmount(value['lastChangeMs'])) &&
    isGrades(value['grades']) &&
    isRecord(value['classes']) &&
    Object.values(value['classes']).every(
      (cell) => isRecord(cell) && isAmount(cell['good']) && isAmount(cell['bad']),
    )
  );
}

function isGrades(value: unknown): boolean {
  return isRecord(value) && gradeSources.every((source) => isAmount(value[source]));
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value < Infinity;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
