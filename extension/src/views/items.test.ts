import {
  RouterError,
  emptySnapshot,
  healthStates,
  nodeAccessSchema,
  type HealthActionName,
  type NodeView,
  type Outcome,
  type RouteView,
} from '@task-router/protocol';
import { describe, expect, it } from 'vitest';
import { outcomeSample, taskSample } from '../../../test/support/wire-samples.ts';
import { contextKeys } from '../contributions.ts';
import { contextValues } from './context-values.ts';
import { nodeItem, routeItem, shownNodes } from './health-items.ts';
import { targetChoices, targetOf } from './health-targets.ts';
import { orderedTasks, statusData, taskItem } from './task-items.ts';

const route = (changes: Partial<RouteView> = {}): RouteView => ({
  routeId: 'local/qwen',
  modelId: 'qwen',
  label: 'Qwen',
  state: 'healthy',
  stateReason: null,
  contextWindow: 32_768,
  maxOutputTokens: null,
  capabilities: { tools: null, vision: null, reasoning: null, structuredOutput: null },
  prices: null,
  calls: 10,
  successRate: 0.9,
  firstTokenMs: 420,
  tokensPerSecond: 30,
  inFlight: 0,
  spentUsd: 0,
  ...changes,
});
const node = (changes: Partial<NodeView> = {}): NodeView => ({
  nodeId: 'local',
  provider: 'ollama',
  label: 'Ollama',
  origin: 'discovered',
  baseUrl: 'http://127.0.0.1:11434',
  isLocal: true,
  isDemo: false,
  access: 'ready',
  accessHint: null,
  keySource: 'none',
  slots: null,
  routes: [route()],
  ...changes,
});
const outcome = (status: Outcome['status']) =>
  outcomeSample({
    status,
    route: 'local/qwen',
    timings: { queuedMs: 0, firstTokenMs: 100, totalMs: 1500 },
    tokens: { input: 1, output: 1, cachedInput: null, reasoning: null },
  });

describe('health items', () => {
  it('says what a route is like, in words', () => {
    expect(routeItem(route()).description).toBe('healthy · 90 % ok · first token 420 ms');
    expect(routeItem(route({ spentUsd: 1.5 })).description).toContain('$1.50 today');
  });

  it('shows an unknown price as unknown, and a free one as free', () => {
    const price = (prices: RouteView['prices']): string | undefined =>
      routeItem(route({ prices })).details.find(([label]) => label.startsWith('Price'))?.[1];
    expect(price(null)).toBe('unknown');
    expect(price({ inputPerMTok: 0, outputPerMTok: 0 })).toBe('free');
    expect(price({ inputPerMTok: 3, outputPerMTok: 15 })).toBe('$3 / $15 per million tokens');
  });

  it('says what a local server has in memory, and what it really reads', () => {
    const load = { windowTokens: 4_096, bytes: 5.2e9, gpuBytes: 0, unloadsAtMs: null, coldStartMs: 8_000 };
    const memory = (state: 'loaded' | 'cold') =>
      new Map(routeItem(route({ load: { ...load, state } })).details).get('In memory');
    expect(memory('loaded')).toBe('yes, 4096 tokens of context, 5.2 GB');
    expect(memory('cold')).toBe('no, 5.2 GB, a load takes about 8.0 s');
    const learnedWindow = { tokens: 4_096, readTokens: 4_096, sentTokens: 11_000, atMs: 1 };
    expect(routeItem(route({ learnedWindow })).details).toContainEqual([
      'Really reads',
      '4096 tokens, as was seen',
    ]);
    const server = { loadedModels: 1, loadedBytes: 270e6, busySlots: 2 };
    expect(nodeItem(node({ server })).details).toContainEqual([
      'Memory',
      '1 model loaded, 270 MB, 2 slots busy',
    ]);
  });

  it.each(healthStates)('gives state %s an icon and words of its own', (state) => {
    const item = routeItem(route({ state }));
    expect(item.icon.id).not.toBe('');
    expect(item.spoken).toContain(item.description);
    const others = healthStates
      .filter((other) => other !== state)
      .map((other) => routeItem(route({ state: other })));
    expect(others.map(({ description }) => description)).not.toContain(item.description);
  });

  it.each(nodeAccessSchema.options)('tells menus and people about access %s', (access) => {
    const item = nodeItem(node({ access, accessHint: 'Do this.', keySource: 'environment' }));
    expect(item.contextValue).toBe(`node.${access}.environment`);
    expect(item.spoken).toContain('Do this.');
  });

  it('always labels a demo node, once', () => {
    expect(nodeItem(node({ isDemo: true, label: 'demo-fast, demo' })).description).toBe('1 route');
    expect(nodeItem(node({ isDemo: true })).description).toMatch(/^demo/);
    expect(nodeItem(node({ isDemo: true, access: 'unreachable' })).description).toMatch(/^demo/);
  });
});

describe('what is set by hand', () => {
  it('stands in words and icon at the node, and its routes offer nothing of their own', () => {
    const held = node({ held: 'draining', routes: [route({ state: 'draining' })] });
    expect(nodeItem(held)).toMatchObject({
      description: 'drained · 1 route',
      icon: { id: 'debug-pause' },
      contextValue: 'node.ready.none.held',
    });
    expect(nodeItem(held).spoken).toContain('drained');
    expect(routeItem(held.routes[0]!, held).contextValue).toBe('route.draining.node');
    expect(routeItem(held.routes[0]!, node()).contextValue).toBe('route.draining');
  });

  it('can be chosen where it would change something', () => {
    const offered = (action: HealthActionName, ...nodes: readonly NodeView[]) =>
      targetChoices(nodes, action).map(({ label }) => label);
    const used = node();
    const off = node({
      nodeId: 'off',
      label: 'Off',
      held: 'disabled',
      routes: [route({ state: 'disabled' })],
    });
    const out = node({ nodeId: 'out', label: 'Out', routes: [route({ state: 'ejected' })] });
    expect(offered('drain', used, off)).toEqual(['Ollama', 'Ollama / Qwen']);
    expect(offered('enable', used, off)).toEqual(['Off']);
    expect(offered('undo', used, off, out)).toEqual(['Off', 'Out / Qwen']);
    expect(offered('probe', off)).toEqual(['Off']);
  });

  it('is done to what the tree hands over, and to nothing else', () => {
    expect(targetOf({ type: 'node', node: node() })).toEqual({ type: 'node', nodeId: 'local' });
    const element = { type: 'route', route: route(), of: node() };
    expect(targetOf(element)).toEqual({ type: 'route', routeId: 'local/qwen' });
    expect([undefined, null, 'local', { node: 3 }, { route: null }].map(targetOf)).toEqual(
      Array.from({ length: 5 }, () => undefined),
    );
  });
});

describe('task items', () => {
  it('puts what runs first, then the newest', () => {
    const tasks = [
      taskSample({ taskId: 'old', startedAtMs: 1, outcome: outcome('succeeded') }),
      taskSample({ taskId: 'running', startedAtMs: 2 }),
      taskSample({ taskId: 'new', startedAtMs: 3, outcome: outcome('failed') }),
    ];
    expect(orderedTasks(tasks).map(({ taskId }) => taskId)).toEqual(['running', 'new', 'old']);
  });

  it('says how a task ended and what it took', () => {
    expect(taskItem(taskSample({ outcome: outcome('succeeded') }))).toMatchObject({
      description: 'answered · local/qwen · 1.5 s',
      contextValue: 'task.answered',
    });
    expect(taskItem(taskSample({ outcome: outcome('cancelled') })).contextValue).toBe('task.ended');
    const failed = taskItem(taskSample({ error: { code: 'route.none', message: 'No model.', next: '' } }));
    expect([failed.description, failed.details[0]]).toEqual(['failed', ['State', 'failed: No model.']]);
    expect(taskItem(taskSample())).toMatchObject({ description: 'running', contextValue: 'task.running' });
  });
});

describe('statusData', () => {
  const connected = { type: 'connected' } as const;

  it('shows the product before there is a task', () => {
    expect(statusData({ type: 'idle' }, [])).toMatchObject({ icon: 'compass', text: 'Task Router' });
  });

  it('spins while something runs and says how much', () => {
    expect(statusData(connected, [taskSample()])).toMatchObject({ icon: 'loading~spin', text: 'Routing…' });
    expect(statusData(connected, [taskSample(), taskSample()]).text).toBe('Routing… (+1)');
  });

  it('names the model that answered last, and warns only when the daemon is given up', () => {
    const tasks = [taskSample({ outcome: outcome('succeeded') })];
    expect(statusData(connected, tasks).text).toBe('local/qwen');
    const long = taskSample({ outcome: { ...outcome('succeeded'), route: 'n/'.padEnd(80, 'm') } });
    expect(statusData(connected, [long]).text.length).toBeLessThan(31);
    const answeredBy = (name: string): string =>
      statusData(connected, [taskSample({ outcome: { ...outcome('succeeded'), route: name } })]).text;
    expect(answeredBy('demo-wobbly:latest (demo-flaky)')).toBe('demo-wobbly:latest');
    expect(answeredBy('office/qwen2.5-coder-14b-instruct')).toBe('office/qwen2.5-…r-14b-instruct');
    const error = new RouterError('daemon.startFailed', 'It keeps crashing.');
    expect(statusData({ type: 'disconnected', error }, tasks).icon).toBe('compass');
    expect(statusData({ type: 'failed', error, crashing: true }, tasks).icon).toBe('warning');
  });
});

describe('contextValues', () => {
  const facts = { connection: { type: 'connected' }, hasStoredKey: false, demoRuns: false } as const;

  it('covers every context key', () => {
    expect(Object.keys(contextValues({ ...facts, snapshot: undefined })).sort()).toEqual(
      Object.values(contextKeys).sort(),
    );
  });

  it('does not take a demo for a model', () => {
    const hasModel = (nodes: NodeView[]): unknown =>
      contextValues({ ...facts, snapshot: { ...emptySnapshot('e'), nodes } })[contextKeys.hasModel];
    expect(hasModel([])).toBe(false);
    expect(hasModel([node({ isDemo: true })])).toBe(false);
    expect(hasModel([node({ access: 'keyMissing' })])).toBe(false);
    expect(hasModel([node()])).toBe(true);
  });

  it('does not count an editor without models as a node, so that the ways to get one are shown', () => {
    const nodes = [node({ provider: 'editor', routes: [] })];
    const values = contextValues({ ...facts, snapshot: { ...emptySnapshot('e'), nodes } });
    expect(values[contextKeys.hasNodes]).toBe(false);
    expect(shownNodes(nodes)).toEqual([]);
    expect(shownNodes([node({ provider: 'editor' })]).length).toBe(1);
  });
});
