/**
 * The kind of a task: what the user said, else what rules and trained heads make of the words. Rules are right about
 * plain requests ("write tests for this"), heads about everything that people type in a hurry. So the surer a rule, the
 * more of a lead a head needs to overrule it.
 */
import type { TaskKind } from '../model/task.ts';
import { kindByRules } from './kind-rules.ts';
import { looksLikeCode, proseOf } from './prose.ts';
import { kindOfClass, taskClasses } from './task-class.ts';

export type KindSource = 'stated' | 'inherited' | 'rule' | 'model' | 'default';

export interface FoundKind {
  readonly kind: TaskKind;
  readonly source: KindSource;
  /** 0..1 */
  readonly confidence: number;
}

/** A rule this sure is not overruled. */
const certainRule = 0.95;
/** Lead of a head over the next kind from which it overrules a rule of at least this confidence. */
const overruling = [
  { confidence: 0.85, lead: 0.15 },
  { confidence: 0.6, lead: 0.06 },
  { confidence: 0, lead: 0.03 },
] as const;
/** A lead at which the heads are hardly ever wrong, and their confidence there and without any lead. */
const fullLead = 0.25;
const [leastConfidence, mostConfidence] = [0.35, 0.9];
/** Without a lead of this size code without a request is taken for what it is. */
const slightLead = 0.05;

/**
 * `plain` is a prompt in lower case, `flat` its beginning with single blanks; `classScores` scores the class heads, which
 * is not needed where a rule is certain.
 */
export function kindOf(plain: string, flat: string, classScores: () => ArrayLike<number>): FoundKind {
  const ruled = kindByRules(proseOf(flat));
  if (ruled !== null && ruled.confidence >= certainRule) return { ...ruled, source: 'rule' };
  const learned = learnedKind(classScores());
  if (ruled !== null && learned.lead < leadToOverrule(ruled.confidence)) return { ...ruled, source: 'rule' };
  // Code without a word asks to be looked at.
  if (ruled === null && learned.lead < slightLead && looksLikeCode(plain)) {
    return { kind: 'explain', source: 'default', confidence: leastConfidence };
  }
  if (plain === '') return { kind: 'chat', source: 'default', confidence: leastConfidence };
  const sureness = Math.min(1, learned.lead / fullLead);
  const confidence = leastConfidence + (mostConfidence - leastConfidence) * sureness;
  return { kind: learned.kind, source: 'model', confidence };
}

function leadToOverrule(confidence: number): number {
  return overruling.find((step) => confidence >= step.confidence)?.lead ?? 0;
}

/** Kinds of the class heads, in their order. */
const headKinds = taskClasses.map(kindOfClass);

/** The kind whose best class head is highest, and its lead over the best of another kind. */
function learnedKind(scores: ArrayLike<number>): { kind: TaskKind; lead: number } {
  let kind: TaskKind = 'chat';
  let most = -Infinity;
  for (let head = 0; head < headKinds.length; head += 1) {
    const score = scores[head] ?? 0;
    if (score <= most) continue;
    most = score;
    kind = headKinds[head] ?? kind;
  }
  let next = -Infinity;
  for (let head = 0; head < headKinds.length; head += 1) {
    if (headKinds[head] !== kind) next = Math.max(next, scores[head] ?? 0);
  }
  return { kind, lead: most - next };
}
