/**
 * Understanding a task: what it is, what it needs and how hard it looks, on this machine, without any model call, in
 * less than a millisecond. What the user says counts first, then what a follow-up inherits, then rules whose words can
 * be shown, then the trained heads.
 */
import { clampUnit } from '../math/clamp.ts';
import { scoreHeads, type LinearHeads, type SparseVector } from '../math/sparse.ts';
import type { Needs, TaskKind } from '../model/task.ts';
import { agenticEvidence, agenticFrom } from './agentic.ts';
import { isFollowUp } from './follow-up.ts';
import { guardOf, type Guard, type KnownGround } from './guard.ts';
import { languageOf } from './language.ts';
import { needsOf, type StatedNeeds } from './needs.ts';
import { flatPrompt, plainPrompt, readChars } from './normalize.ts';
import { generateClass, taskClasses, type TaskClass } from './task-class.ts';
import { kindOf, type FoundKind, type KindSource } from './task-kind.ts';
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

/** How much of a prompt is read: what follows changes nothing. */
export const understoodChars = readChars;

export interface Understander {
  understand(input: TaskInput): Understanding;
  /**
   * The prompt's vector, for the memory of similar tasks. It stands in the understander's own arrays, so it is gone with
   * the next call of either.
   */
  vectorOf(prompt: string): SparseVector;
}

/** Creates the scratch arrays once; use one per thread. */
export function createUnderstander(model: UnderstandingModel): Understander {
  const features = createTextFeatures({ bits: model.bits, idf: model.idf });
  const scores = createScores(model);
  // A short prompt is asked for twice, whole and as its own beginning.
  let last: ReadPrompt | null = null;
  return {
    vectorOf(prompt) {
      const plain = plainPrompt(prompt);
      const vector = last?.plain === plain ? last.vector : features.read(plain);
      last = null;
      return vector;
    },
    understand(input) {
      const plain = plainPrompt(input.prompt);
      const previous = input.previous ?? null;
      if (previous !== null && input.kind == null && isFollowUp(plain)) {
        return inherit(input, previous, plain);
      }
      last = { plain, vector: features.read(plain) };
      return understandNew(input, last, model, scores);
    },
  };
}

interface ReadPrompt {
  readonly plain: string;
  readonly vector: SparseVector;
}

/** Values of the heads on the prompt that was read last. */
interface Scores {
  readonly classes: Float64Array;
  /** Of all heads behind the classes: first those of landmarks, then the quality model's. */
  readonly others: Float64Array;
  readonly similarities: Float64Array;
  readonly quality: Float64Array;
}

function createScores({ heads, ground: { landmarks } }: UnderstandingModel): Scores {
  const others = new Float64Array(heads.heads - taskClasses.length);
  return {
    classes: new Float64Array(taskClasses.length),
    others,
    similarities: others.subarray(0, landmarks),
    quality: others.subarray(landmarks),
  };
}

/** Characters that rules of language, class and needs look at. */
const ruledChars = 6_000;

function understandNew(
  input: TaskInput,
  { plain, vector }: ReadPrompt,
  { heads, ground }: UnderstandingModel,
  scores: Scores,
): Understanding {
  const flat = flatPrompt(plain.slice(0, ruledChars));
  const classScores = () => scoreHeads(heads, vector, 0, scores.classes);
  const { kind, source, confidence } =
    input.kind == null ? kindOf(plain, flat, classScores) : statedKind(input.kind);
  const language = languageOf(flat, input.language ?? null);
  const isAgentic = input.agentic ?? agenticEvidence(flat) >= agenticFrom;
  scoreHeads(heads, vector, taskClasses.length, scores.others);
  const quality = [...scores.quality];
  const guard = guardOf(plain.length, isAgentic, scores.similarities, ground);
  const unguarded = clampUnit(0.5 - (quality[0] ?? 0));
  return {
    kind,
    kindSource: source,
    confidence,
    taskClass: classOf(kind, isAgentic, flat, language),
    language,
    isAgentic,
    needs: needsOf(flat, input.needs ?? {}),
    difficulty: guard.fired ? usualDifficulty(isAgentic) : unguarded,
    guard,
    qualityHeads: guard.fired ? null : quality,
  };
}

function statedKind(kind: TaskKind): FoundKind {
  return { kind, source: 'stated', confidence: 1 };
}

function classOf(kind: TaskKind, isAgentic: boolean, plain: string, language: string | null): TaskClass {
  if (isAgentic) return 'agentic';
  return kind === 'generate' ? generateClass(plain, language) : kind;
}

/** Where words say nothing of it. */
function usualDifficulty(isAgentic: boolean): number {
  return isAgentic ? 0.65 : 0.5;
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
