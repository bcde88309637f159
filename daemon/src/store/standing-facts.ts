/**
 * Facts that stand for many decisions: the routes until one of their nodes changes, the policies until somebody changes
 * one. They are kept once, under a name that is made of what they say, and a decision's record has only their name.
 */
import { hash } from 'node:crypto';
import type { Figures } from './figures.ts';

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
  /** Room for those of all routes: `figuresFor`. */
  readonly figures: Figures;
}

/** Answers what the facts of that name say, as parsed JSON; throws where they are not to be had. */
export type ReadFacts = (name: string) => unknown;

/** 132 bits of SHA-256, in letters that need no escape. */
const nameChars = 22;

export function standingFacts(json: string): StandingFacts {
  return { name: hash('sha256', json, 'base64url').slice(0, nameChars), json };
}
