import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { arbitraryInput } from '../../../../test/support/engine-facts.ts';
import { decisionRecord, knownOf } from '../../../../test/support/stored-records.ts';
import type {
  Candidate,
  Needs,
  PredictedCall,
  RouteFacts,
  Selection,
  SelectionInput,
  TaskFacts,
  Understanding,
} from '../../engine/index.ts';
import { selectPrimaryRoute } from '../../engine/index.ts';
import { parseDecision, writeDecision } from './decision-form.ts';
import type { DecisionRow } from './decision-form.ts';
import { Figures, RowReader } from './figures.ts';
import type { DecisionRecord } from '../records.ts';
import type { StandingRoute } from '../standing-facts.ts';

const any = fc
  .oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat(9))
  .map((value) => value + 0);
const arbitraryQuality = fc.record(
  {
    alpha: fc.integer({ min: 1, max: 60 }),
    beta: fc.integer({ min: 1, max: 60 }),
    source: fc.record({
      prior: fc.constantFrom('measured', 'family', 'class'),
      outcomes: fc.nat(9),
      similar: any,
    }),
  },
  { requiredKeys: ['alpha', 'beta'] },
) as fc.Arbitrary<NonNullable<RouteFacts['quality']>>;
/** What a route may have besides, each of it now and then. */
const arbitraryMore = fc.record(
  {
    quality: arbitraryQuality,
    heldBack: fc.constant(true),
    takesAsIs: fc.constant(true),
    healthReason: fc.constantFrom('3 "failures" in a row\n', null),
    load: fc.record(
      {
        inFlight: fc.nat(3),
        slots: fc.option(fc.nat(9)),
        state: fc.constant('cold'),
        coldStartMs: any,
        evictionMs: any,
      },
      { requiredKeys: ['inFlight', 'slots'] },
    ),
    predicted: fc.record({
      ...{ timeFactor: any, waitMs: any, costFactor: any, cachedTokens: any, marginMs: any },
      switchCost: fc.option(fc.record({ seconds: any, usd: fc.option(any) })),
    }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Partial<RouteFacts>>;
const arbitraryFacts: fc.Arbitrary<SelectionInput> = fc
  .tuple(arbitraryInput, fc.array(arbitraryMore, { minLength: 10, maxLength: 10 }), fc.boolean())
  .map(([input, more, explores]) => ({
    ...input,
    routes: input.routes.map((route, at) => ({ ...route, ...more[at] })),
    ...(explores && { exploration: { share: 1, extraCostLeftUsd: 1 }, pacing: { lambda: 0.2 } }),
  }));

function recordOf(input: SelectionInput): DecisionRecord {
  return { ...decisionRecord('d1'), input, selection: selectPrimaryRoute(input) };
}

/** As the history file gives it back. */
function readBack(record: DecisionRecord, known = knownOf(record)): DecisionRecord {
  const { routes, policy } = known;
  const facts = new Map([routes, policy].map(({ name, json }) => [name, json]));
  return parseDecision(rowOf(record, writeDecision(record, known)), (name) =>
    JSON.parse(facts.get(name) ?? ''),
  );
}

function rowOf(decision: DecisionRecord, record: string): DecisionRow {
  const { decisionId, taskId, createdAtMs, kind, prompt, selection } = decision;
  return { decisionId, taskId, createdAtMs, kind, prompt, chosen: selection.chosen, record };
}

const noFacts = (): never => {
  throw new Error('no facts are named');
};

describe('the form in which decisions are kept', () => {
  it('gives back what was put in, so that it can be decided again bit for bit', () => {
    fc.assert(
      fc.property(arbitraryFacts, (input) => {
        const record = recordOf(input);
        const read = readBack(record);
        expect(read).toEqual(JSON.parse(JSON.stringify(record)));
        expect(JSON.stringify(read.selection)).toBe(JSON.stringify(record.selection));
        expect(JSON.stringify(selectPrimaryRoute(read.input))).toBe(JSON.stringify(read.selection));
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps all that a record may have', () => {
    const record: DecisionRecord = {
      ...recordOf({ ...decisionRecord('d1').input, seed: 4_294_967_295 }),
      tool: { keyId: 'k', name: 'a "tool"' },
      conversationId: 'c\u2028',
      prompt: 'line\n"quoted" \ud83d\ude00',
      sketch: 'AAAA',
      understanding: {
        ...{ kind: 'chat', kindSource: 'rule', confidence: 0.7, taskClass: 'generate.completion' },
        ...{ language: 'c"', isAgentic: true, difficulty: 0.1, qualityHeads: [0.2, -1e-9] },
        needs: { tools: true, vision: false, structuredOutput: true, reasoning: false },
        guard: { fired: false, similarity: 0.3, reasons: ['agentic'] },
      },
    };
    expect(readBack(record)).toEqual(JSON.parse(JSON.stringify(record)));
  });

  it('knows every field there is: a new one is a type error here, and wants a place in the form', () => {
    type Eligible = Extract<Candidate, { eligible: true }>;
    expectTypeOf<keyof RouteFacts>().toEqualTypeOf<
      | Exclude<keyof StandingRoute, 'speedPrior'>
      | ('contextWindow' | 'inputTokenFactor' | 'capabilityPrior' | 'quality' | 'performance' | 'predicted')
      | ('health' | 'healthReason' | 'lastResort' | 'heldBack' | 'takesAsIs' | 'load')
    >();
    expectTypeOf<keyof RouteFacts['performance']>().toEqualTypeOf<
      'firstTokenMs' | 'tokensPerSecond' | 'speedPrior' | 'successes' | 'failures' | 'confidence'
    >();
    expectTypeOf<keyof RouteFacts['load']>().toEqualTypeOf<
      'inFlight' | 'slots' | 'state' | 'coldStartMs' | 'queueMs' | 'evictionMs'
    >();
    expectTypeOf<keyof PredictedCall>().toEqualTypeOf<
      'timeFactor' | 'waitMs' | 'costFactor' | 'cachedTokens' | 'marginMs' | 'switchCost'
    >();
    expectTypeOf<keyof TaskFacts>().toEqualTypeOf<
      | ('taskId' | 'kind' | 'language' | 'inputTokens' | 'outputTokens' | 'needs' | 'priority')
      | ('deadlineMs' | 'maxCostUsd' | 'pin' | 'exclude')
    >();
    expectTypeOf<keyof Understanding>().toEqualTypeOf<
      | ('kind' | 'kindSource' | 'confidence' | 'taskClass' | 'language' | 'isAgentic' | 'needs')
      | ('difficulty' | 'guard' | 'qualityHeads')
    >();
    expectTypeOf<keyof Needs>().toEqualTypeOf<'tools' | 'vision' | 'structuredOutput' | 'reasoning'>();
    expectTypeOf<keyof DecisionRecord>().toEqualTypeOf<
      | ('decisionId' | 'taskId' | 'retryOf' | 'createdAtMs' | 'client' | 'tool' | 'kind' | 'conversationId')
      | ('promptSha256' | 'promptChars' | 'prompt' | 'context' | 'skippedContext' | 'understanding')
      | ('sketch' | 'input' | 'selection' | 'labels' | 'cached' | 'decidedInUs' | 'versions' | 'known')
    >();
    expectTypeOf<keyof Eligible>().toEqualTypeOf<
      'routeId' | 'eligible' | 'score' | 'parts' | 'expected' | 'quality' | 'gate'
    >();
    expectTypeOf<keyof SelectionInput>().toEqualTypeOf<
      'task' | 'routes' | 'policy' | 'seed' | 'exploration' | 'pacing'
    >();
    expectTypeOf<keyof Selection>().toEqualTypeOf<
      | ('candidates' | 'ranked' | 'chosen' | 'objective' | 'weights' | 'settings' | 'summary')
      | ('propensity' | 'exploration' | 'pacing')
    >();
  });

  it('reads what an older daemon wrote as plain JSON', () => {
    for (const record of fc.sample(arbitraryFacts, { numRuns: 20, seed: 5 }).map(recordOf)) {
      const read = parseDecision(rowOf(record, JSON.stringify(record)), noFacts);
      expect(read).toEqual(JSON.parse(JSON.stringify(record)));
    }
  });
});

describe('a decision with its figures inline, as an older daemon wrote it', () => {
  it('is read to the last bit', () => {
    const text = readFileSync(
      new URL('../../../../test/fixtures/older-decision.json', import.meta.url),
      'utf8',
    );
    const read = parseDecision(rowOf(JSON.parse(text) as DecisionRecord, text), noFacts);
    expect(read).not.toHaveProperty('figures');
    expect(read.input.routes[2]).toMatchObject({
      ...{ routeId: 'openai-compatible-one/bench-one', healthReason: 'answered', takesAsIs: true },
      ...{ contextWindow: 200_000, capabilityPrior: 0.7425028922389704 },
      quality: { alpha: 2.9700115689558815, source: { prior: 'class', outcomes: 0 } },
      performance: { firstTokenMs: 14.213279440559939, tokensPerSecond: null, successes: 294 },
      load: { inFlight: 6, slots: 1000 },
    });
    expect(read.selection.candidates).toMatchObject([
      { score: 0.8834173258909442, expected: { costUsd: 0.00008162486828156953 } },
      { routeId: 'openai-compatible-two/bench-two', eligible: true },
      { eligible: false, rejection: { code: 'policy.notAllowed' } },
      { eligible: false },
    ]);
  });
});

describe('figures', () => {
  const figure = fc.oneof(
    fc.double({ noNaN: true }),
    fc.constantFrom(null, 0, -0, 1, 4_294_967_295, 4_294_967_296, -1, Infinity, 5e-324),
  );

  it('come back bit for bit, whatever stands above them', () => {
    const rows = fc
      .nat(7)
      .chain((width) =>
        fc.array(fc.array(figure, { minLength: width + 1, maxLength: width + 1 }), { maxLength: 9 }),
      );
    const figures = new Figures(200);
    fc.assert(
      fc.property(rows, rows, (...sections) => {
        figures.clear();
        for (const section of sections) {
          figures.rows(section[0]?.length ?? 1);
          for (const value of section.flat()) figures.add(value);
        }
        const reader = new RowReader(figures.text());
        for (const section of sections) {
          reader.rows(section[0]?.length ?? 1);
          for (const value of section.flat()) expect(reader.next()).toBe(value);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
