/**
 * Facts for tests and benches of the engine: builders whose defaults make an ordinary, eligible route and an ordinary
 * task, and fast-check arbitraries that reach into the corners (unknown values, ties, hostile numbers).
 */
import type {
  AttemptResult,
  FailureKind,
  PolicyLayer,
  RouteFacts,
  SelectionInput,
  TaskFacts,
} from '@task-router/daemon/engine';
import * as fc from 'fast-check';

export function buildTask(changes: Partial<TaskFacts> = {}): TaskFacts {
  return {
    taskId: 'task-1',
    kind: 'explain',
    language: 'typescript',
    inputTokens: 1_500,
    outputTokens: 600,
    needs: { tools: false, vision: false, structuredOutput: false, reasoning: false },
    priority: 'interactive',
    deadlineMs: null,
    maxCostUsd: null,
    pin: null,
    exclude: [],
    ...changes,
  };
}

/** `routeId` decides node and model unless they are given. */
export function buildRoute(changes: Partial<RouteFacts> & Pick<RouteFacts, 'routeId'>): RouteFacts {
  const slash = changes.routeId.indexOf('/');
  return {
    nodeId: changes.routeId.slice(0, slash),
    modelId: changes.routeId.slice(slash + 1),
    isLocal: false,
    isDemo: false,
    access: 'ready',
    capabilities: { tools: true, vision: true, structuredOutput: true, reasoning: true },
    contextWindow: 128_000,
    maxOutputTokens: 16_384,
    prices: { inputPerMTok: 1, outputPerMTok: 4 },
    capabilityPrior: 0.7,
    performance: buildPerformance(),
    health: 'healthy',
    load: { inFlight: 0, slots: 4 },
    ...changes,
  };
}

export function buildPerformance(
  changes: Partial<RouteFacts['performance']> = {},
): RouteFacts['performance'] {
  return {
    firstTokenMs: null,
    tokensPerSecond: null,
    speedPrior: { firstTokenMs: 800, tokensPerSecond: 60 },
    successes: 0,
    failures: 0,
    ...changes,
  };
}

export function buildInput(changes: Partial<SelectionInput> = {}): SelectionInput {
  return { task: buildTask(), routes: [buildRoute({ routeId: 'a/one' })], policy: [], seed: 1, ...changes };
}

export function buildLayer(
  level: PolicyLayer['level'],
  policy: PolicyLayer['policy'],
  name = level === 'user' ? 'config.jsonc' : 'api',
): PolicyLayer {
  return { level, name, policy };
}

export function buildResult(changes: Partial<AttemptResult> = {}): AttemptResult {
  return {
    routeId: 'a/one',
    status: 'succeeded',
    failure: null,
    firstTokenMs: 500,
    totalMs: 2_500,
    inputTokens: 1_000,
    outputTokens: 200,
    costUsd: 0.002,
    retryAfterMs: null,
    endedAtMs: 1_000_000,
    ...changes,
  };
}

export const allFailureKinds: readonly FailureKind[] = [
  'badRequest',
  'auth',
  'billing',
  'modelNotFound',
  'rateLimit',
  'overloaded',
  'server',
  'network',
  'firstTokenTimeout',
  'stall',
  'deadline',
  'truncated',
  'empty',
  'contentPolicy',
  'contextLength',
  'consentNeeded',
  'windowClosed',
];

/* Arbitraries. */

const unit = fc.double({ min: 0, max: 1, noNaN: true });
const maybe = fc.constantFrom(true, false, null);
const sometimes = fc.boolean().chain((hit) => (hit ? fc.boolean() : fc.constant(false)));

export const arbitraryTask: fc.Arbitrary<TaskFacts> = fc.record({
  taskId: fc.constant('task-1'),
  kind: fc.constantFrom(
    'explain',
    'fix',
    'refactor',
    'test',
    'document',
    'generate',
    'review',
    'commit',
    'chat',
  ),
  language: fc.constantFrom('typescript', null),
  inputTokens: fc.integer({ min: 0, max: 200_000 }),
  outputTokens: fc.integer({ min: 1, max: 20_000 }),
  needs: fc.record({
    tools: sometimes,
    vision: sometimes,
    structuredOutput: sometimes,
    reasoning: sometimes,
  }),
  priority: fc.constantFrom('critical', 'interactive', 'background', 'batch'),
  deadlineMs: fc.option(fc.integer({ min: 1_000, max: 600_000 })),
  maxCostUsd: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  pin: fc.constant(null),
  exclude: fc.constant([]),
});

/** A route without its id; few distinct values, so that ties happen. */
const arbitraryRouteBody = fc.record({
  isLocal: fc.boolean(),
  isDemo: sometimes,
  access: fc.constantFrom('ready', 'ready', 'ready', 'keyMissing', 'consentNeeded', 'unreachable'),
  capabilities: fc.record({ tools: maybe, vision: maybe, structuredOutput: maybe, reasoning: maybe }),
  contextWindow: fc.option(fc.constantFrom(4_096, 32_768, 128_000, 1_000_000)),
  maxOutputTokens: fc.option(fc.constantFrom(2_048, 8_192, 64_000)),
  prices: fc.option(
    fc.record({
      inputPerMTok: fc.constantFrom(0, 0.15, 3, 15),
      outputPerMTok: fc.constantFrom(0, 0.6, 15, 75),
    }),
  ),
  capabilityPrior: fc.oneof(fc.constantFrom(0.5, 0.7), unit),
  performance: fc.record({
    firstTokenMs: fc.option(fc.double({ min: 1, max: 60_000, noNaN: true })),
    tokensPerSecond: fc.option(fc.double({ min: 0.1, max: 1_000, noNaN: true })),
    speedPrior: fc.record({
      firstTokenMs: fc.constantFrom(300, 2_000),
      tokensPerSecond: fc.constantFrom(10, 100),
    }),
    successes: fc.integer({ min: 0, max: 500 }),
    failures: fc.integer({ min: 0, max: 500 }),
    confidence: fc.double({ min: 0, max: 500, noNaN: true }),
  }),
  health: fc.constantFrom(
    ...(['healthy', 'healthy', 'unknown', 'degraded', 'recovering', 'probing'] as const),
    ...(['ejected', 'draining', 'disabled'] as const),
  ),
  healthReason: fc.constantFrom(null, '3 failures in a row'),
  lastResort: fc.boolean(),
  load: fc.record({ inFlight: fc.integer({ min: 0, max: 4 }), slots: fc.constantFrom(4, 8, null) }),
});

/** Distinct routes over few nodes. */
export const arbitraryRoutes: fc.Arbitrary<RouteFacts[]> = fc
  .array(arbitraryRouteBody, { minLength: 0, maxLength: 12 })
  .map((bodies) => bodies.map((body, index) => buildRoute({ ...body, routeId: `n${index % 4}/m${index}` })));

const arbitraryPolicy: fc.Arbitrary<PolicyLayer['policy']> = fc.record(
  {
    objective: fc.constantFrom('balanced', 'quality', 'cost', 'speed', 'local'),
    allow: fc.array(fc.constantFrom('*', 'n0/*', 'n1/*', '*/m2', 'n2'), { maxLength: 3 }),
    deny: fc.array(fc.constantFrom('n3/*', '*/m1', 'n0/m0', 'x'), { maxLength: 2 }),
    localOnly: sometimes,
    maxCostPerTaskUsd: fc.constantFrom(0, 0.01, 0.5, 10),
  },
  { requiredKeys: [] },
);

export const arbitraryLayers: fc.Arbitrary<PolicyLayer[]> = fc
  .tuple(fc.option(arbitraryPolicy), fc.option(arbitraryPolicy), fc.option(arbitraryPolicy))
  .map(([user, workspace, folder]) => [
    ...(user === null ? [] : [buildLayer('user', user)]),
    ...(workspace === null ? [] : [buildLayer('workspace', workspace, 'shop')]),
    ...(folder === null ? [] : [buildLayer('folder', folder)]),
  ]);

export const arbitraryInput: fc.Arbitrary<SelectionInput> = fc.record({
  task: arbitraryTask,
  routes: arbitraryRoutes,
  policy: arbitraryLayers,
  seed: fc.integer(),
});
