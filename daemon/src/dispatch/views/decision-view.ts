/** A stored decision as the card shows it. The same function serves the live event and `router/explain`. */
import type {
  Candidate as CandidateView,
  Decision,
  ProviderKind,
  Quality,
  SkippedContext,
} from '@task-router/protocol';
import type { Candidate, RouteFacts } from '../../engine/index.ts';
import { flipPoints, quantileOf } from '../../engine/index.ts';
import type { DecisionRecord } from '../../store/records.ts';
import { balanceView } from './balance-view.ts';
import { understandingView } from './understanding-view.ts';

/** The nearest are told; a decision between many routes can have some dozens. */
const shownFlips = 40;

export function decisionView(record: DecisionRecord): Decision {
  const { selection, input } = record;
  return {
    decisionId: record.decisionId,
    taskId: record.taskId,
    createdAtMs: record.createdAtMs,
    ...(record.tool !== undefined && { tool: record.tool.name }),
    kind: record.kind,
    understanding: record.understanding ? understandingView(record.understanding) : null,
    priority: input.task.priority,
    inputTokens: input.task.inputTokens,
    objective: selection.objective,
    weights: selection.weights,
    route: selection.chosen,
    runnerUp: selection.ranked[1] ?? null,
    summary: selection.summary,
    flipPoints: flipPoints(input, selection)
      .slice(0, shownFlips)
      .map(({ factor, of, from, to, becomes, sentence }) => ({ factor, of, from, to, becomes, sentence })),
    candidates: selection.candidates.map((candidate) => candidateView(candidate, record)),
    ...balanceOf(record),
    context: record.context.map(({ file, range, bytes }) => ({ file, range, bytes })),
    skippedContext: record.skippedContext as SkippedContext[],
    settings: [...selection.settings],
    propensity: selection.propensity,
    cached: record.cached,
    decidedInUs: record.decidedInUs,
    versions: { ...record.versions, routing: record.versions.routing ?? null },
  };
}

function balanceOf(record: DecisionRecord): Pick<Decision, 'balance'> {
  const balance = balanceView(record);
  return balance === null ? {} : { balance };
}

function candidateView(candidate: Candidate, record: DecisionRecord): CandidateView {
  const facts = record.input.routes.find((route) => route.routeId === candidate.routeId);
  const named = record.labels[candidate.routeId];
  const shared = {
    route: candidate.routeId,
    label: named?.label ?? candidate.routeId,
    provider: (named?.provider ?? 'openai-compatible') as ProviderKind,
    ...flags(facts),
  };
  return candidate.eligible
    ? {
        ...shared,
        score: candidate.score,
        parts: candidate.parts,
        expected: candidate.expected,
        ...(facts?.load.state === 'cold' && { coldStartMs: facts.load.coldStartMs ?? 0 }),
        quality: facts?.quality ? qualityView(facts.quality) : null,
        gate: candidate.gate ?? null,
        rejected: null,
      }
    : {
        ...shared,
        score: null,
        parts: null,
        expected: null,
        quality: null,
        gate: null,
        rejected: candidate.rejection,
      };
}

/** Standard normal quantile of the upper 5 % bound. */
const upperZ = 1.6448536269514722;

function qualityView({ alpha, beta, source }: NonNullable<RouteFacts['quality']>): Quality {
  const belief = { good: alpha, bad: beta };
  return {
    mean: alpha / (alpha + beta),
    lowerBound: quantileOf(belief, -upperZ),
    upperBound: quantileOf(belief, upperZ),
    sampleSize: source?.outcomes ?? 0,
    source: source?.prior ?? 'class',
  };
}

function flags(facts: RouteFacts | undefined): Pick<CandidateView, 'isLocal' | 'isDemo' | 'state'> {
  return {
    isLocal: facts?.isLocal ?? false,
    isDemo: facts?.isDemo ?? false,
    state: facts?.health ?? 'unknown',
  };
}
