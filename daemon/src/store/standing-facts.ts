/**
 * Facts that stand for many decisions: the routes until one of their nodes changes, the policies until somebody changes
 * one. They are kept once, under a name that is made of what they say, and a decision's record has only their name.
 */
import { hash } from 'node:crypto';
import type { RouteFacts } from '../engine/index.ts';
import { figuresFor, type Figures } from './decisions/figures.ts';

/** What of a route stays as it is until its node changes. */
export type StandingRoute = Pick<
  RouteFacts,
  | ('routeId' | 'nodeId' | 'modelId' | 'isLocal' | 'isDemo' | 'access' | 'capabilities')
  | ('maxOutputTokens' | 'prices')
> &
  Pick<RouteFacts['performance'], 'speedPrior'>;

/** What standing facts say of the routes. */
export interface RoutesFacts {
  readonly routes: readonly StandingRoute[];
  /** id → label and provider. */
  readonly labels: Readonly<Record<string, { readonly label: string; readonly provider: string }>>;
}

export interface StandingFacts {
  /** Equal facts have equal names, also after a restart; different ones never do. */
  readonly name: string;
  readonly json: string;
}

/** Of what is written with a record, what is known before it is made. */
export interface KnownParts {
  /** `RoutesFacts` of all routes of the input, in its order. */
  readonly routes: StandingFacts;
  /** The input's policy layers. */
  readonly policy: StandingFacts;
  /** Where a route stands in the input; -1: nowhere. */
  readonly placeOf: (routeId: string) => number;
  /** Room for those of all routes. */
  readonly figures: Figures;
}

/** Answers what the facts of that name say, as parsed JSON; throws where they are not to be had. */
export type ReadFacts = (name: string) => unknown;

/** 132 bits of SHA-256, in letters that need no escape. */
const nameChars = 22;

export function standingFacts(json: string): StandingFacts {
  return { name: hash('sha256', json, 'base64url').slice(0, nameChars), json };
}

/** @param placeOf a route's place among them; -1: nowhere */
export function knownRoutes(facts: RoutesFacts, placeOf: KnownParts['placeOf']): Omit<KnownParts, 'policy'> {
  return { routes: standingFacts(JSON.stringify(facts)), placeOf, figures: figuresFor(facts.routes.length) };
}
