/**
 * Reads a task before anything is decided: what it is, and its sketch. A follow-up ("yes, do it") goes on with the task
 * of the turn before, as it was understood then; the store remembers that, and no text.
 */
import { hash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { ParamsOf, routeRequest } from '@task-router/protocol';
import type { Clock, RouteCacheStats, TaskFacts, Understander, Understanding } from '../engine/index.ts';
import {
  cacheRoute,
  cacheTimes,
  createRouteCache,
  createSketchScratch,
  createUnderstander,
  estimateTokens,
  expectedOutputTokens,
  lookupRoute,
  routeCacheStats,
  sketchOf,
  sketchSize,
  understoodChars,
} from '../engine/index.ts';
import type { RoutingModel } from '../routing-model/index.ts';
import type { DecisionRecord, Store } from '../store/records.ts';

export type RunParams = Extract<ParamsOf<typeof routeRequest>, { type: 'run' }>;

/** What a text says, however often it is asked. */
export type Features = Pick<ReadTask, 'understanding' | 'sketch'>;

export interface ReadTask {
  readonly understanding: Understanding;
  /** Base64, as it is stored. */
  readonly sketch: string;
  /** Time that reading took, in microseconds: part of the decision's. */
  readonly tookUs: number;
}

/** What is asked stands near the beginning; pasted text below makes sketches alike that are not. */
const sketchedChars = 800;

/** What is kept of a text beside its sketch, in bytes, roughly. */
const understandingBytes = 600;

/**
 * Few: a text is asked again soon (a preview and then the task, a task tried again) or never, and those that never come again are
 * then gone before the collector of garbage moves them to where it seldom looks.
 */
const keptTexts = 32;

const warmUp = 'Explain why the build is slow.';

export class TaskReader {
  readonly #understander: Understander;
  readonly #store: Store;

  readonly #clock: Clock;
  /** Feature cache: what was read out of a text depends on the text and on what is stated beside it, on nothing else. */
  readonly #features = createRouteCache<Features>({
    capacity: keptTexts,
    ttlMs: cacheTimes.featureTtlMs,
    staleMs: 0,
    bytesOf: (key, { sketch }) => key.length + sketch.length + understandingBytes,
  });
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
    const features = this.#featuresOf(params.task, previous);
    return { ...features, tookUs: Math.round((performance.now() - startedAt) * 1000) };
  }

  get stats(): RouteCacheStats {
    return routeCacheStats(this.#features);
  }

  #featuresOf(task: RunParams['task'], previous: DecisionRecord | null): Features {
    const asked = {
      // What follows is not read, so it is not looked through for a key either.
      prompt: task.prompt.slice(0, understoodChars),
      ...statedBy(task),
      previous: previous?.understanding ?? null,
    };
    const key = keyOf(asked, previous);
    const nowMs = this.#clock.nowMs();
    const known = lookupRoute(key, this.#features, nowMs);
    if (known !== null) return known;
    const understanding = this.#understander.understand(asked);
    const goesOn = understanding.kindSource === 'inherited' ? previous?.sketch : undefined;
    const sketch = goesOn ?? this.#sketchOf(task.prompt.slice(0, sketchedChars));
    const features = { understanding, sketch };
    cacheRoute(key, features, this.#features, nowMs);
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

/** Digest of all that reading depends on. Lengths come before free texts, so that two of them never run into one. */
function keyOf(
  { prompt, kind, language, needs }: { readonly prompt: string } & ReturnType<typeof statedBy>,
  previous: DecisionRecord | null,
): string {
  const before = previous === null ? '' : JSON.stringify([previous.understanding, previous.sketch]);
  const { tools, images, reasoning, jsonSchema } = needs;
  const stated = `${kind} ${tools} ${images} ${reasoning} ${jsonSchema === true}`;
  const lengths = `${language?.length ?? '-'} ${prompt.length}`;
  return hash('sha256', `${stated} ${lengths} ${language ?? ''}${prompt}${before}`, 'base64');
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
 * What the engine is told of a task: sizes and needs, no text. `chars`: of the whole call. Needs that were merely read out of the words are for the
 * card: as filters they would make a task unroutable by a turn of phrase.
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
