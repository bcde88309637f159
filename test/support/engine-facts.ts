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
import { failureKinds, taskKinds } from '@task-router/protocol';
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

export const allFailureKinds: readonly FailureKind[] = failureKinds;

/* Arbitraries. */

/** Mostly `usual`, so that combinations of many facts still leave most routes eligible. */
function mostly<Value>(usual: Value, ...others: readonly Value[]): fc.Arbitrary<Value> {
  return fc.oneof(
    { arbitrary: fc.constant(usual), weight: 9 },
    { arbitrary: fc.constantFrom(...others, usual), weight: 1 },
  );
}

const unit = fc.double({ min: 0, max: 1, noNaN: true });
const rarely = mostly(false, true);
const known = mostly<boolean | null>(true, false, null);
const calls = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 500 }));

const arbitraryTask: fc.Arbitrary<TaskFacts> = fc.record({
  taskId: fc.constant('task-1'),
  kind: fc.constantFrom(...taskKinds),
  language: fc.constantFrom('typescript', null),
  inputTokens: fc.oneof(
    { arbitrary: fc.integer({ min: 0, max: 6_000 }), weight: 4 },
    { arbitrary: fc.integer({ min: 0, max: 200_000 }), weight: 1 },
  ),
  outputTokens: fc.oneof(
    { arbitrary: fc.integer({ min: 1, max: 2_000 }), weight: 4 },
    { arbitrary: fc.integer({ min: 1, max: 20_000 }), weight: 1 },
  ),
  needs: fc.record({ tools: rarely, vision: rarely, structuredOutput: rarely, reasoning: rarely }),
  priority: fc.constantFrom('critical', 'interactive', 'background', 'batch'),
  deadlineMs: fc.option(fc.integer({ min: 1_000, max: 600_000 })),
  maxCostUsd: mostly<number | null>(null, 0, 0.001, 0.05, 1),
  pin: fc.constant(null),
  exclude: mostly<readonly string[]>([], ['n0/m0'], ['n1/m1', 'n2/m2']),
});

/** A route without its id; few distinct values, so that ties happen. */
const arbitraryRouteBody = fc.record({
  isLocal: fc.boolean(),
  isDemo: rarely,
  access: mostly<RouteFacts['access']>('ready', 'keyMissing', 'keyRejected', 'consentNeeded', 'unreachable'),
  capabilities: fc.record({ tools: known, vision: known, structuredOutput: known, reasoning: known }),
  contextWindow: fc.constantFrom(8_192, 32_768, 128_000, 1_000_000, null),
  maxOutputTokens: fc.constantFrom(4_096, 8_192, 64_000, null),
  prices: fc.option(
    fc.record({
      inputPerMTok: fc.constantFrom(0, 0.15, 3, 15),
      outputPerMTok: fc.constantFrom(0, 0.6, 15, 75),
    }),
  ),
  capabilityPrior: fc.oneof(fc.constantFrom(0.5, 0.7), unit),
  inputTokenFactor: mostly(1, 0.9, 1.125, 3.6 / 3.1),
  performance: fc.record({
    firstTokenMs: fc.option(fc.double({ min: 1, max: 60_000, noNaN: true })),
    tokensPerSecond: fc.option(fc.double({ min: 0.1, max: 1_000, noNaN: true })),
    speedPrior: fc.record({
      firstTokenMs: fc.constantFrom(300, 2_000),
      tokensPerSecond: fc.constantFrom(10, 100),
    }),
    successes: calls,
    failures: calls,
    confidence: fc.double({ min: 0, max: 500, noNaN: true }),
  }),
  health: fc.oneof(
    { arbitrary: fc.constantFrom<RouteFacts['health']>('healthy', 'unknown'), weight: 5 },
    {
      arbitrary: fc.constantFrom<RouteFacts['health']>(
        ...(['degraded', 'recovering', 'probing', 'ejected', 'draining', 'disabled'] as const),
      ),
      weight: 2,
    },
  ),
  healthReason: fc.constantFrom(null, '3 failures in a row'),
  lastResort: fc.boolean(),
  load: fc.record({ inFlight: mostly(0, 1, 3, 4), slots: fc.constantFrom(4, 8, null) }),
});

/** What load distribution knows better; few distinct values, so that ties happen. */
const arbitraryPrediction: fc.Arbitrary<NonNullable<RouteFacts['predicted']>> = fc.record({
  timeFactor: fc.constantFrom(1, 0.5, 2.7),
  waitMs: mostly(0, 1_500, 20_000),
  costFactor: fc.constantFrom(1, 0.3),
  cachedTokens: fc.constantFrom(0, 1_000),
  marginMs: mostly(0, 700),
  switchCost: fc.constant(null),
});

/** Distinct routes over few nodes. */
export const arbitraryRoutes: fc.Arbitrary<RouteFacts[]> = fc
  .array(fc.tuple(arbitraryRouteBody, fc.option(arbitraryPrediction, { freq: 1 })), {
    minLength: 0,
    maxLength: 10,
  })
  .map((bodies) =>
    bodies.map(([body, predicted], index) =>
      buildRoute({ ...body, ...(predicted !== null && { predicted }), routeId: `n${index % 4}/m${index}` }),
    ),
  );

const arbitraryPolicy: fc.Arbitrary<PolicyLayer['policy']> = fc.record(
  {
    objective: fc.constantFrom('balanced', 'quality', 'cost', 'speed', 'local'),
    allow: mostly<readonly string[]>(['*'], ['n0/*', 'n1/*'], ['*/m2', 'n2'], []),
    deny: mostly<readonly string[]>([], ['n3/*'], ['*/m1', 'n0/m0']),
    localOnly: rarely,
    maxCostPerTaskUsd: mostly(10, 0, 0.01, 0.5),
    minQuality: mostly(0, 0.3, 0.6, 1),
  },
  { requiredKeys: [] },
);

export const arbitraryLayers: fc.Arbitrary<PolicyLayer[]> = fc
  .tuple(
    fc.option(arbitraryPolicy, { freq: 2 }),
    fc.option(arbitraryPolicy, { freq: 1 }),
    fc.option(arbitraryPolicy, { freq: 2 }),
  )
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
