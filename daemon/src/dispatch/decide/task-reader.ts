/**
 * Reads a task before anything is decided: what it is, and its sketch. A follow-up ("yes, do it") goes on with the task
 * of the turn before, as it was understood then; the store remembers that, and no text.
 */
import { hash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { ParamsOf, routeRequest } from '@task-router/protocol';
import type { Clock, RouteCacheStats, TaskFacts, Understander, Understanding } from '../../engine/index.ts';
import {
  createSketchScratch,
  createUnderstander,
  estimateTokens,
  expectedOutputTokens,
  sketchOf,
  sketchSize,
  understoodChars,
} from '../../engine/index.ts';
import type { RoutingModel } from '../../routing-model/index.ts';
import type { DecisionRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import { ReadTexts } from './read-texts.ts';

export type RunParams = Extract<ParamsOf<typeof routeRequest>, { type: 'run' }>;

/** What a text says, however often it is asked. */
export type Features = Pick<ReadTask, 'understanding' | 'sketch'>;

export interface ReadTask {
  readonly understanding: Understanding;
  /** Base64, as it is stored. */
  readonly sketch: string;
  /** Of what was read, in hex: a digest of a long prompt takes as long as reading it. */
  readonly promptSha256: string;
  /** Time that reading took, in microseconds: part of the decision's. */
  readonly tookUs: number;
}

/** What is asked stands near the beginning; pasted text below makes sketches alike that are not. */
const sketchedChars = 800;

/** What is kept of a text beside its sketch, in bytes, roughly. */
const understandingBytes = 600;

const warmUp = 'Explain why the build is slow.';

export class TaskReader {
  readonly #understander: Understander;
  readonly #store: Store;

  readonly #clock: Clock;
  /** What was read out of a text depends on the text and on what is stated beside it, on nothing else. */
  readonly #features = new ReadTexts<Features>(
    (key, { sketch }) => key.length + sketch.length + understandingBytes,
  );
  readonly #scratch = createSketchScratch();

  constructor(store: Store, clock: Clock, model: RoutingModel) {
    this.#store = store;
    this.#clock = clock;
    this.#understander = createUnderstander(model.understanding);
    // Compiles what the first task would otherwise wait for.
    this.#understander.understand({ prompt: warmUp });
    this.#understander.vectorOf(warmUp);
  }

  read(params: RunParams): ReadTask {
    const previous = this.#previousOf(params);
    const startedAt = performance.now();
    // What follows is not read.
    const prompt = params.task.prompt.slice(0, understoodChars);
    const promptSha256 = sha256(prompt);
    const features = this.#featuresOf({ prompt, promptSha256, ...statedBy(params.task) }, previous);
    return { ...features, promptSha256, tookUs: Math.round((performance.now() - startedAt) * 1000) };
  }

  get stats(): RouteCacheStats {
    return this.#features.stats;
  }

  #featuresOf({ promptSha256, ...asked }: Asked, previous: DecisionRecord | null): Features {
    const key = keyOf(promptSha256, asked, previous);
    const nowMs = this.#clock.nowMs();
    const known = this.#features.get(key, nowMs);
    if (known !== null) return known;
    const understanding = this.#understander.understand({
      ...asked,
      previous: previous?.understanding ?? null,
    });
    const goesOn = understanding.kindSource === 'inherited' ? previous?.sketch : undefined;
    const sketch = goesOn ?? this.#sketchOf(asked.prompt.slice(0, sketchedChars));
    const features = { understanding, sketch };
    this.#features.keep(key, features, nowMs);
    return features;
  }

  #sketchOf(text: string): string {
    const { buffer, byteOffset } = sketchOf(this.#understander.vectorOf(text), this.#scratch);
    return Buffer.from(buffer, byteOffset, sketchSize).toString('base64');
  }

  /** The turn before, or the task that is tried again. */
  #previousOf({ previousTaskId, retryOf }: RunParams): DecisionRecord | null {
    const earlier = previousTaskId ?? retryOf;
    return earlier === undefined ? null : this.#store.readDecisionOfTask(earlier);
  }
}

interface Asked extends ReturnType<typeof statedBy> {
  readonly prompt: string;
  readonly promptSha256: string;
}

/** Digest of a text, in hex: what is kept of it. */
export function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}

/** All that reading depends on. The length comes before the free text, so that it never runs into what follows it. */
function keyOf(
  promptDigest: string,
  { kind, language, needs }: ReturnType<typeof statedBy>,
  previous: DecisionRecord | null,
): string {
  const before = previous === null ? '' : JSON.stringify([previous.understanding, previous.sketch]);
  const { tools, images, reasoning, jsonSchema } = needs;
  const stated = `${kind} ${tools} ${images} ${reasoning} ${jsonSchema === true}`;
  return `${promptDigest} ${stated} ${language?.length ?? '-'} ${language ?? ''}${before}`;
}

/** What the caller knows for certain. A need that is not stated may still stand in the words. */
function statedBy({ kind, language, context, requirements }: RunParams['task']) {
  return {
    kind: kind ?? null,
    language: language ?? context[0]?.language ?? null,
    needs: {
      tools: requirements.tools,
      images: requirements.vision,
      reasoning: requirements.reasoning,
      ...(requirements.structuredOutput && { jsonSchema: true }),
    },
  };
}

/**
 * What the engine is told of a task: sizes and needs, no text. `chars`: of the whole call. Needs that were merely read
 * out of the words are for the card: as filters they would make a task unroutable by a turn of phrase.
 */
export function taskFacts(
  taskId: string,
  params: RunParams,
  { understanding, chars }: { readonly understanding: Understanding; readonly chars: number },
): TaskFacts {
  const { task } = params;
  const { kind, language } = understanding;
  const inputTokens = estimateTokens(chars);
  const { outputTokens, ...needs } = task.requirements;
  return {
    taskId,
    kind,
    language,
    inputTokens,
    outputTokens: outputTokens ?? expectedOutputTokens(kind, inputTokens),
    needs,
    priority: task.priority,
    deadlineMs: task.constraints.deadlineMs ?? null,
    maxCostUsd: task.constraints.maxCostUsd ?? null,
    pin: params.pin ?? null,
    exclude: params.exclude,
  };
}

export function sketchOfText(text: string): Int8Array {
  return Int8Array.from(Buffer.from(text, 'base64'));
}
