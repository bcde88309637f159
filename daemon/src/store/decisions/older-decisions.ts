/**
 * Decisions as older daemons wrote them: with all that stands for many of them in each. First as plain JSON, then with
 * the figures of routes and candidates beside it, eight bytes each.
 */
import type { Candidate, Selection, SelectionInput } from '../../engine/index.ts';
import { candidateOf, routeOf, type SaidRoute } from './decision-figures.ts';
import { PlainReader } from './figures.ts';
import type { DecisionRecord } from '../records.ts';
import type { StandingRoute } from '../standing-facts.ts';

interface WithFigures extends Omit<DecisionRecord, 'input' | 'selection'> {
  readonly input: Omit<SelectionInput, 'routes'> & {
    readonly routes: readonly (StandingRoute & SaidRoute)[];
  };
  /** An eligible candidate is its route's id here. */
  readonly selection: Omit<Selection, 'candidates'> & {
    readonly candidates: readonly (Extract<Candidate, { eligible: false }> | string)[];
  };
  readonly figures: string;
}

export type OlderDecision = DecisionRecord | WithFigures;

export function olderDecision(stored: OlderDecision): DecisionRecord {
  if (!('figures' in stored)) return stored;
  const { figures, input, selection, ...rest } = stored;
  const reader = new PlainReader(figures);
  const routes = input.routes.map((route) => routeOf(route, reader));
  const candidates = selection.candidates.map((each) =>
    typeof each === 'string' ? candidateOf(each, reader) : each,
  );
  return { ...rest, input: { ...input, routes }, selection: { ...selection, candidates } };
}
