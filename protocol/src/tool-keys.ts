/**
 * What is to become of the keys that a tool holds already when it is connected once more. A key can't be shown again, only
 * its digest is stored; so it is replaced, joined by another one, or left alone. One rule for the command line and the editor.
 */
import type { EndpointKeyView } from './data/endpoint.ts';
import type { Policy } from './data/policy.ts';

/**
 * `replace`: a new key with the limits of the old ones, which end. `another`: a new one beside them. `settings`: none is
 * made, and the settings show where the tool's own goes.
 */
export const toolKeyChoices = ['settings', 'replace', 'another'] as const;
export type ToolKeyChoice = (typeof toolKeyChoices)[number];

/** Stands in settings where a key goes that nobody can show any more. No quoting, and no meaning to a shell. */
export const keyPlaceholder = 'YOUR-TASK-ROUTER-KEY';

/** What a new key may use and spend at most. */
export interface KeyLimits {
  readonly policy: Policy | null;
  readonly dailyBudgetUsd: number | null;
}

/** Those in force under this name, in whatever case it was typed; the one made last comes first. */
export function keysOfTool(keys: readonly EndpointKeyView[], name: string): readonly EndpointKeyView[] {
  const folded = fold(name);
  return keys.filter((key) => fold(key.name) === folded).sort((a, b) => b.createdAtMs - a.createdAtMs);
}

/** What a key in place of these may use: as much as they, never more. null: they differ, so a person has to say. */
export function limitsToKeep(keys: readonly EndpointKeyView[]): KeyLimits | null {
  const [first, ...more] = keys.map(({ policy, dailyBudgetUsd }) => ({ policy, dailyBudgetUsd }));
  if (first === undefined) return { policy: null, dailyBudgetUsd: null };
  return more.every((each) => JSON.stringify(each) === JSON.stringify(first)) ? first : null;
}

function fold(name: string): string {
  return name.trim().normalize('NFC').toLowerCase();
}
