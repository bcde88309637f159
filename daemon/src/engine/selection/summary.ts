/**
 * One honest sentence: why the chosen route and not the runner-up. It names the score part that contributes most to
 * the difference, or the tier, or the draw, whichever really decided.
 */
import type { Weights } from '../model/policy.ts';
import type { HealthState } from '../model/route.ts';
import type { Candidate, ScoreParts, Selection } from '../model/selection.ts';
import type { TaskFacts } from '../model/task.ts';
import { isGated } from './gate.ts';
import type { Ranked } from './ranked.ts';
import { wordCount, wordDuration, wordUsd } from './words.ts';

type Rejected = Extract<Candidate, { eligible: false }>;
const partNames = ['capability', 'performance', 'resources', 'history'] as const;

export interface Standing {
  readonly task: TaskFacts;
  readonly ranked: readonly Ranked[];
  readonly rejected: readonly Rejected[];
  readonly policy: Pick<Selection, 'objective' | 'weights'>;
  /** The first was drawn from among near ties; the second would have been taken otherwise. */
  readonly explored?: boolean;
}

export function summarise({ task, ranked, rejected, policy, explored }: Standing): string {
  const [first, second] = ranked;
  if (first === undefined) return nothingEligible(rejected);
  const opening = openingOf(first, task);
  if (opening !== null) return opening;
  const id = first.route.routeId;
  if (second === undefined) {
    const what = first.route.isDemo
      ? 'a demo route, and nothing real is eligible'
      : 'the only eligible route';
    return `${id} is ${what}${rejected.length === 0 ? '' : ` (${wordCount(rejected.length, 'route')} rejected)`}.`;
  }
  if (explored === true) return trialSentence(first, second);
  if (first.tier !== second.tier) return tierSentence(first, second);
  if (isGated(second) && !isGated(first)) return gateSentence(first, second, policy.weights);
  const demo = first.route.isDemo ? 'Only demo routes are eligible; ' : '';
  return `${demo}${scoreSentence(first, second, policy.weights)}`;
}

function nothingEligible(rejected: readonly Rejected[]): string {
  if (rejected.length === 0) return 'No route is known yet.';
  const counts = new Map<string, number>();
  for (const { rejection } of rejected) counts.set(rejection.code, (counts.get(rejection.code) ?? 0) + 1);
  const causes = [...counts].sort((a, b) => b[1] - a[1]).map(([code, count]) => `${count} by ${code}`);
  return `No route is eligible: of ${rejected.length}, ${causes.join(', ')} rejected.`;
}

/** Cases in which no comparison decided. */
function openingOf({ route }: Ranked, task: TaskFacts): string | null {
  if (task.pin === route.routeId) return `${route.routeId} was asked for.`;
  if (route.health !== 'ejected') return null;
  return `${route.routeId} is out of rotation and tried as a last resort, because nothing else is eligible.`;
}

function tierSentence(first: Ranked, second: Ranked): string {
  const [id, other] = [first.route.routeId, second.route.routeId];
  if (second.route.isDemo && !first.route.isDemo) {
    return `${id} is the only real route that is eligible; demo routes such as ${other} come after every real one.`;
  }
  if (first.tier === 'preferred') {
    return `${id} runs on this machine, which the objective local puts before every other route; ${other} is next.`;
  }
  return `${id} comes before ${other}, which ${probationWords[second.route.health]}.`;
}

/** Why a route stands behind, though it may be called. */
const probationWords: Readonly<Record<HealthState, string>> = {
  unknown: 'has just failed',
  healthy: 'has just failed',
  degraded: 'has failed lately and gets fewer tasks for a while',
  recovering: 'has failed lately and gets its tasks back little by little',
  probing: 'has failed lately and is being probed',
  ejected: 'is out of rotation',
  draining: 'takes no new tasks',
  disabled: 'is switched off',
};

function trialSentence(first: Ranked, second: Ranked): string {
  const [id, other] = [first.route.routeId, second.route.routeId];
  const behind = second.candidate.score - first.candidate.score;
  return `${id} is tried to learn more of it: it scores within ${wordLead(behind)} of ${other}, the best.`;
}

/** Only where the gate really decided, the second having the higher score. */
function gateSentence(first: Ranked, second: Ranked, weights: Weights): string {
  if (second.candidate.score <= first.candidate.score) return scoreSentence(first, second, weights);
  const { bound = 0, floor = 0 } = second.candidate.gate ?? {};
  const [id, other] = [first.route.routeId, second.route.routeId];
  return `${id} comes before ${other}, which fails too often: ${bound.toFixed(2)} of its calls succeed for sure, ${floor.toFixed(2)} are asked for.`;
}

function asIsSentence({ route }: Ranked, { route: other }: Ranked): string {
  return `${route.routeId} and ${other.routeId} score about the same, and ${route.routeId} takes the task as it came.`;
}

function scoreSentence(first: Ranked, second: Ranked, weights: Weights): string {
  const [id, other] = [first.route.routeId, second.route.routeId];
  const lead = first.candidate.score - second.candidate.score;
  if (lead <= 0 && first.route.takesAsIs === true && second.route.takesAsIs !== true)
    return asIsSentence(first, second);
  if (lead === 0) return `${id} and ${other} score the same, and the draw took ${id}.`;
  const part = decidingPart(first.candidate.parts, second.candidate.parts, weights);
  return `${id} leads ${other} by ${wordLead(lead)}, mostly through ${part} (${comparison(part, first, second)}).`;
}

/** The part with the largest weighted share in the lead; a lead means that at least one is positive. */
function decidingPart(a: ScoreParts, b: ScoreParts, weights: Weights): keyof ScoreParts {
  const gain = (name: keyof ScoreParts) => weights[name] * (a[name] - b[name]);
  return partNames.reduce((best, name) => (gain(name) > gain(best) ? name : best));
}

function comparison(part: keyof ScoreParts, first: Ranked, second: Ranked): string {
  const [a, b] = [first.candidate, second.candidate];
  switch (part) {
    case 'capability':
    case 'history':
      return `${a.parts[part].toFixed(2)} against ${b.parts[part].toFixed(2)}`;
    case 'performance':
      return `about ${wordDuration(a.expected.totalMs)} against ${wordDuration(b.expected.totalMs)}`;
    case 'resources':
      return `${wordCost(a.expected.costUsd)} against ${wordCost(b.expected.costUsd)}`;
  }
}

function wordCost(usd: number | null): string {
  return usd === null ? 'an unknown price' : wordUsd(usd);
}

function wordLead(lead: number): string {
  return lead < 0.0005 ? 'under 0.001' : lead.toFixed(3);
}
