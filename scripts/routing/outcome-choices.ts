/** Outcome rows as choices that can be measured. */
import type { ChoiceRow } from '../routing-metrics.ts';
import type { OutcomeRow } from './rows.ts';

/** All models of the rows, in one order. */
export function modelsOf(rows: readonly OutcomeRow[]): string[] {
  return [...new Set(rows.flatMap(({ results }) => [...results.keys()]))].sort();
}

/** Whether every cell of the row was measured. */
export function isComplete({ results }: OutcomeRow): boolean {
  return [...results.values()].every(({ isMeasured }) => isMeasured);
}

/** Unknown costs count 0, as in the published figures. */
export function choiceRow(row: OutcomeRow, models: readonly string[], chosen: string): ChoiceRow {
  return {
    chosen: models.indexOf(chosen),
    outcomes: models.map((model) => row.results.get(model)?.correct ?? 0),
    costsUsd: models.map((model) => row.results.get(model)?.costUsd ?? 0),
  };
}
