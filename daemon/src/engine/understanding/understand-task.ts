/**
 * Understanding a task: what it is, what it needs and how hard it looks, on this machine, without any model call, in
 * less than a millisecond. What the user says counts first, then what a follow-up inherits, then rules whose words can
 * be shown, then the trained heads.
 */
import { clampUnit } from '../math/clamp.ts';
import { scoreHeads, type LinearHeads, type SparseVector } from '../math/sparse.ts';
import type { Needs, TaskKind } from '../model.ts';
import { agenticEvidence, agenticFrom } from './agentic.ts';
import { isFollowUp } from './follow-up.ts';
import { guardOf, type Guard, type KnownGround } from './guard.ts';
import { kindByRules } from './kind-rules.ts';
import { languageOf } from './language.ts';
import { needsOf, type StatedNeeds } from './needs.ts';
import { plainPrompt } from './normalize.ts';
import { looksLikeCode, proseOf } from './prose.ts';
import { generateClass, kindOfClass, taskClasses, type TaskClass } from './task-class.ts';
import { createTextFeatures } from './text-features.ts';

/** The trained part: one set of heads for all that is asked of a prompt, so that it is read once. */
export interface UnderstandingModel {
  readonly bits: number;
  readonly idf: Float32Array;
  /**
   * First the classes in the order of `taskClasses`, then one head per landmark of known ground (its cosine), then the
   * heads of the quality model, which are handed through.
   */
  readonly heads: LinearHeads;
  readonly ground: KnownGround;
}

export interface TaskInput {
  readonly prompt: string;
  /** Said by the user: a command, a quick fix, a setting. */
  readonly kind?: TaskKind | null;
  /** Language id of the editor. */
  readonly language?: string | null;
  /** true: an agent runs it, whatever the words say. */
  readonly agentic?: boolean;
  readonly needs?: StatedNeeds;
  /** What the turn before was understood as. */
  readonly previous?: Understanding | null;
}

export type KindSource = 'stated' | 'inherited' | 'rule' | 'model' | 'default';

/** Plain data, stored with the decision. */
export interface Understanding {
  readonly kind: TaskKind;
  readonly kindSource: KindSource;
  /** 0..1 */
  readonly confidence: number;
  readonly taskClass: TaskClass;
  readonly language: string | null;
  readonly isAgentic: boolean;
  readonly needs: Needs;
  /** 0..1; 0.5 is usual for the class. */
  readonly difficulty: number;
  readonly guard: Guard;
  /** Values of the quality model's heads on this prompt; null: the guard fired, so they say nothing. */
  readonly qualityHeads: readonly number[] | null;
}

export interface Understander {
  understand(input: TaskInput): Understanding;
  /** The prompt's vector, for the memory of similar tasks. */
  vectorOf(prompt: string): SparseVector;
}

/** A head's lead over the next kind from which it speaks. */
const clearLead = 0.12;
const modelConfidence = 0.5;
/** Rules at least this sure are not overruled. */
const sureRule = 0.7;

/** Creates the scratch arrays once; use one per thread. */
export function createUnderstander(model: UnderstandingModel): Understander {
  const features = createTextFeatures({ bits: model.bits, idf: model.idf });
  return {
    vectorOf: (prompt) => features.extract(prompt),
    understand(input) {
      const plain = plainPrompt(input.prompt);
      const previous = input.previous ?? null;
      if (previous !== null && input.kind == null && isFollowUp(plain))
        return inherit(input, previous, plain);

      const vector = features.extract(input.prompt);
      const scores = scoreHeads(model.heads, vector);
      const prose = proseOf(plain);
      const { kind, source, confidence } = kindOf(input, prose, plain, scores);
      const language = languageOf(plain, input.language ?? null);
      const isAgentic = input.agentic ?? agenticEvidence(plain) >= agenticFrom;
      const guard = guardOf(plain.length, isAgentic, landmarks(model, scores), model.ground);
      const quality = [...scores.subarray(taskClasses.length + model.ground.landmarks)];
      return {
        kind,
        kindSource: source,
        confidence,
        taskClass: isAgentic ? 'agentic' : kind === 'generate' ? generateClass(plain, language) : kind,
        language,
        isAgentic,
        needs: needsOf(plain, input.needs ?? {}),
        difficulty: guard.fired ? (isAgentic ? 0.65 : 0.5) : clampUnit(0.5 - (quality[0] ?? 0)),
        guard,
        qualityHeads: guard.fired ? null : quality,
      };
    },
  };
}

function kindOf(
  input: TaskInput,
  prose: string,
  plain: string,
  scores: Float64Array,
): { kind: TaskKind; source: KindSource; confidence: number } {
  if (input.kind != null) return { kind: input.kind, source: 'stated', confidence: 1 };
  const ruled = kindByRules(prose);
  if (ruled !== null && ruled.confidence >= sureRule) return { ...ruled, source: 'rule' };
  const learned = learnedKind(scores);
  if (learned.lead >= clearLead) return { kind: learned.kind, source: 'model', confidence: modelConfidence };
  if (ruled !== null) return { ...ruled, source: 'rule' };
  // Code without a word asks to be looked at.
  if (looksLikeCode(plain)) return { kind: 'explain', source: 'default', confidence: 0.3 };
  return { kind: 'chat', source: 'default', confidence: 0.3 };
}

/** The kind whose best class head is highest, and its lead over the best of another kind. */
function learnedKind(scores: Float64Array): { kind: TaskKind; lead: number } {
  const best = new Map<TaskKind, number>();
  for (const [at, taskClass] of taskClasses.entries()) {
    const kind = kindOfClass(taskClass);
    best.set(kind, Math.max(best.get(kind) ?? -Infinity, scores[at] ?? 0));
  }
  const [first, second] = [...best].sort((a, b) => b[1] - a[1]);
  return { kind: first?.[0] ?? 'chat', lead: (first?.[1] ?? 0) - (second?.[1] ?? 0) };
}

function landmarks(model: UnderstandingModel, scores: Float64Array): readonly number[] {
  return [...scores.subarray(taskClasses.length, taskClasses.length + model.ground.landmarks)];
}

/** The task of the turn before goes on: its kind, class, difficulty and needs; only what is stated now is added. */
function inherit(input: TaskInput, previous: Understanding, plain: string): Understanding {
  const now = needsOf(plain, input.needs ?? {});
  return {
    ...previous,
    kindSource: 'inherited',
    language: input.language ?? previous.language,
    isAgentic: input.agentic ?? previous.isAgentic,
    needs: {
      tools: previous.needs.tools || now.tools,
      vision: previous.needs.vision || now.vision,
      structuredOutput: previous.needs.structuredOutput || now.structuredOutput,
      reasoning: previous.needs.reasoning || now.reasoning,
    },
  };
}
