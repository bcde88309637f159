/**
 * A decision as the daemon makes and times it: understanding the prompt, posteriors of 100 models with a full memory of
 * graded tasks, facts, and the choice, through dispatch's own code. Sockets, disk and the record are no part of it.
 */
import { createRandom } from '@task-router/daemon/engine';
import { routeRequest } from '@task-router/protocol';
import { BalanceMemory } from '../../daemon/src/dispatch/memory/balance-memory.ts';
import { decide } from '../../daemon/src/dispatch/decide/decide.ts';
import { routeFacts, RouteHandles } from '../../daemon/src/dispatch/decide/facts.ts';
import { Lessons } from '../../daemon/src/dispatch/memory/lessons.ts';
import { LocalServers } from '../../daemon/src/dispatch/local/local-servers.ts';
import type { Node } from '../../daemon/src/dispatch/nodes/node.ts';
import { mergeModels } from '../../daemon/src/dispatch/nodes/models.ts';
import { QualityMemory } from '../../daemon/src/dispatch/memory/quality-memory.ts';
import { RouteMemory } from '../../daemon/src/dispatch/memory/route-memory.ts';
import { PolicyBook } from '../../daemon/src/dispatch/decide/policy-book.ts';
import { RouteTable } from '../../daemon/src/dispatch/decide/route-table.ts';
import { RouteStates } from '../../daemon/src/dispatch/health/route-states.ts';
import { taskFacts, TaskReader } from '../../daemon/src/dispatch/decide/task-reader.ts';
import type { RunParams } from '../../daemon/src/dispatch/decide/task-reader.ts';
import { buildCall } from '../../daemon/src/dispatch/decide/prompt.ts';
import { charsOf } from '../../daemon/src/providers/call-text.ts';
import { TokenMemory } from '../../daemon/src/dispatch/memory/token-memory.ts';
import { createLogger } from '../../daemon/src/platform/logger.ts';
import { loadRoutingModel } from '../../daemon/src/routing-model/index.ts';
import { MemoryStore } from '../../daemon/src/store/memory/memory-store.ts';

const promptChars = 8_000;
const nodes = 10;
const modelsPerNode = 10;
const gradedTasks = 4_000;

export interface WholeDecision {
  /** Time of one decision as its card tells it, in microseconds. `cold`: nothing of it is in the route cache. */
  decide(index: number, cold: boolean): number;
}

export function buildWholeDecision(seed: number): WholeDecision {
  const random = createRandom(seed);
  const clock = { nowMs: () => 1_790_000_000_000 };
  const store = new MemoryStore('bench');
  const model = loadRoutingModel();
  const reader = new TaskReader(store, clock, model);
  const tasks = Array.from({ length: 64 }, () => buildTask(random.next));
  const sketches = tasks.map((task) => reader.read(task));
  const fleet = buildNodes();
  const models = fleet.flatMap((node) => node.models);
  for (let at = 0; at < gradedTasks; at += 1) {
    const { understanding, sketch } = sketches[at % sketches.length]!;
    store.saveGradedAnswer({
      decisionId: `d${at}`,
      model: models[at % models.length]!.modelId,
      taskClass: understanding.taskClass,
      value: at % 3 === 0 ? 0 : 1,
      source: 'feedback',
      propensity: 1,
      expected: 0.7,
      sketch,
      atMs: at,
    });
  }
  const log = createLogger({ sink: () => undefined, clock, redact: (text) => text });
  const quality = new QualityMemory({ store, clock, log }, model);
  const tokens = new TokenMemory(store, clock);
  const lessons = new Lessons(log);
  const states = new RouteStates({
    store,
    clock,
    lessons,
    createSeed: () => 1,
    onChange: () => undefined,
    onAlarm: () => undefined,
    nodes: () => [],
  });
  const memory = new RouteMemory(store, clock, log);
  const balance = new BalanceMemory(store, clock, lessons);
  const local = new LocalServers({
    clock,
    store,
    machineBytes: 16e9,
    nodes: () => fleet,
    inFlight: () => 0,
    onChange: () => undefined,
  });
  const table = new RouteTable(fleet, false);
  const policies = new PolicyBook();
  const warmPolicy = { deny: ['node-9/*'] };
  return {
    decide(index, cold) {
      const usual = tasks[index % tasks.length]!;
      // A text that was read before would come out of the feature cache.
      const prompt = cold ? `${usual.task.prompt} ${index}` : usual.task.prompt;
      const params = { ...usual, task: { ...usual.task, prompt } };
      const read = reader.read(params);
      const { understanding } = read;
      const chars = charsOf(buildCall(params.task, understanding.kind));
      const facts = taskFacts('task', params, { understanding, chars });
      const startedAt = performance.now();
      const qualityOf = quality.forTask(read);
      const conversationId = balance.conversationIdOf('task', params);
      const asked = { facts, conversationId, objective: 'balanced' } as const;
      const routes = routeFacts(
        { table, states, tokens, local, task: facts, qualityOf, seed: 1, nowMs: index },
        (known) => balance.predict(known, table, asked),
      );
      const { selection, decidedInUs } = decide({
        decisionId: 'd',
        taskId: 'task',
        params,
        client: 'cli',
        tool: null,
        facts,
        conversationId,
        read,
        spending: { exploration: { share: 1, extraCostLeftUsd: 1 }, pacing: { lambda: 0.2 } },
        handles: new RouteHandles(table, routes),
        policies: policies.of(cold ? { deny: ['node-9/*', `cold-${index}`] } : warmPolicy, []),
        seed: index,
        nowMs: index,
        memory,
        catalogVersion: 'c',
        routingVersion: model.version,
        gatheredInUs: Math.round((performance.now() - startedAt) * 1000),
        storePrompt: false,
      });
      if (selection.chosen === null) throw new Error('nothing was eligible: that would be too easy');
      return decidedInUs;
    },
  };
}

const words =
  'fix the parser so that empty files do not crash it return value list of open handles const await error config loader test'.split(
    ' ',
  );

/** Prose and code of 8 kB, each task its own. */
function buildTask(next: () => number): RunParams {
  let prompt = 'Fix the crash in the config loader.\n';
  while (prompt.length < promptChars) {
    const word = words[Math.floor(next() * words.length)]!;
    const name = `${word}${Math.floor(next() * 500)}`;
    prompt += next() < 0.15 ? `\n  const ${name} = ${word}(${word}.length);\n` : `${word} `;
  }
  const params = routeRequest.params.parse({
    type: 'run',
    task: { prompt: prompt.slice(0, promptChars), language: 'typescript' },
  });
  if (params.type !== 'run') throw new Error('a run');
  return params;
}

/** Names as they are met: known models, relatives, strangers. */
function buildNodes(): Node[] {
  const stems = ['claude-opus-4-', 'gpt-5.', 'qwen2.5-coder:', 'llama3.', 'mystery-', 'gemini-2.', 'glm-4.'];
  return Array.from({ length: nodes }, (_, at) => {
    const isLocal = at % 2 === 0;
    const identity = {
      nodeId: `node-${at}`,
      provider: 'openai-compatible' as const,
      label: `node-${at}`,
      origin: 'config' as const,
      baseUrl: isLocal ? `http://127.0.0.1:${9_000 + at}/v1` : `https://models-${at}.example/v1`,
      isLocal,
      isDemo: false,
      needsKey: false,
      slots: 4,
      rates: {},
      quotaGroup: null,
      configuredModels: Array.from({ length: modelsPerNode }, (__, of) => ({
        id: `${stems[(at + of) % stems.length]}${of}b`,
        contextWindow: 128_000,
        prices: { inputPerMTok: of, outputPerMTok: 4 * of },
      })),
      ownerClientId: null,
    };
    return {
      ...identity,
      key: null,
      confirmed: true,
      contact: { status: 'ok', atMs: 1 },
      models: mergeModels(identity, []),
      client: null,
    };
  });
}
