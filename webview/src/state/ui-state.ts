/** What the panel itself remembers between two loads: where the reader was. Kept through the editor's getState. */

export const tabs = ['task', 'health', 'failover'] as const;
export type Tab = (typeof tabs)[number];

export interface UiState {
  readonly tab: Tab;
  readonly selectedTaskId: string | null;
  /** null until the reader has chosen: then the table is open until the answer starts, and gives its place to it. */
  readonly showsCandidates: boolean | null;
  /** As `showsCandidates`, for the card's forecast, settings and context. */
  readonly showsDetails: boolean | null;
  readonly showsContext: boolean;
  /** Whether the card tells the changes that would lead to another choice. */
  readonly showsFlips: boolean;
  /** Task whose reasons were asked for: everything about its choice is unfolded. */
  readonly explainedTaskId: string | null;
  /** Task whose candidate table shows every row. */
  readonly allCandidatesOf: string | null;
  /** Node whose routes are all listed in the Health section. */
  readonly allRoutesOf: string | null;
}

/** Reads what was kept, whatever it is: another version of the panel may have written it. */
export function restoredUi(kept: unknown): UiState {
  const fields = new Map(typeof kept === 'object' && kept !== null ? Object.entries(kept) : []);
  const text = (name: string): string | null => {
    const value: unknown = fields.get(name);
    return typeof value === 'string' ? value : null;
  };
  const flag = (name: string): boolean | null => {
    const value: unknown = fields.get(name);
    return typeof value === 'boolean' ? value : null;
  };
  return {
    tab: tabs.find((tab) => tab === fields.get('tab')) ?? 'task',
    selectedTaskId: text('selectedTaskId'),
    showsCandidates: flag('showsCandidates'),
    showsDetails: flag('showsDetails'),
    showsContext: flag('showsContext') ?? false,
    showsFlips: flag('showsFlips') ?? false,
    explainedTaskId: text('explainedTaskId'),
    allCandidatesOf: text('allCandidatesOf'),
    allRoutesOf: text('allRoutesOf'),
  };
}
