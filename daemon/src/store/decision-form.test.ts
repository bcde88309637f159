import * as fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { arbitraryInput } from '../../../test/support/engine-facts.ts';
import { decisionRecord } from '../../../test/support/stored-records.ts';
import type { Candidate, PredictedCall, RouteFacts, Selection, SelectionInput } from '../engine/index.ts';
import { selectPrimaryRoute } from '../engine/index.ts';
import { figuresFor, parseDecision, writeDecision } from './decision-form.ts';
import type { KnownParts, StandingRoute } from './decision-form.ts';
import type { DecisionRecord } from './records.ts';
import { TextBuffer } from './text-buffer.ts';

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

function knownOf({ input, labels }: DecisionRecord): KnownParts {
  const standing = (route: RouteFacts): StandingRoute => {
    const { routeId, nodeId, modelId, isLocal, isDemo, access, capabilities, maxOutputTokens, prices } =
      route;
    const { speedPrior } = route.performance;
    return {
      ...{
        routeId,
        nodeId,
        modelId,
        isLocal,
        isDemo,
        access,
        capabilities,
        maxOutputTokens,
        prices,
        speedPrior,
      },
    };
  };
  return {
    routes: input.routes.map((route) => JSON.stringify(standing(route)).slice(0, -1)),
    policy: JSON.stringify(input.policy),
    labels: JSON.stringify(labels),
    figures: figuresFor(input.routes.length),
  };
}

function textOf(record: DecisionRecord): string {
  const text = new TextBuffer();
  writeDecision(record, knownOf(record), text);
  return text.bytes.toString();
}

describe('the form in which decisions are kept', () => {
  it('gives back what was put in, so that it can be decided again bit for bit', () => {
    fc.assert(
      fc.property(arbitraryFacts, (input) => {
        const record = recordOf(input);
        const read = parseDecision(textOf(record));
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
    expect(parseDecision(textOf(record))).toEqual(JSON.parse(JSON.stringify(record)));
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
    const [record] = fc.sample(arbitraryFacts, { numRuns: 1, seed: 5 }).map(recordOf);
    expect(parseDecision(JSON.stringify(record))).toEqual(JSON.parse(JSON.stringify(record)));
  });
});
