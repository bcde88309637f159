/** A stored decision in words, for a read-only document: what was chosen, why, and why not the others. Pure. */
import type { AllocationView, Attempt, Candidate, ResultOf, daemonRequests } from '@task-router/protocol';
import { failureWords, strategyWords } from '@task-router/protocol';
import { formatMs, formatUsd } from '../platform/format.ts';

type Explanation = ResultOf<typeof daemonRequests.explain>;

export function explanationText(explanation: Explanation): string {
  const { decision, attempts, transitions, allocations = [], outcome, grade } = explanation;
  const chosen = decision.route ?? 'no route';
  const sections = [
    [
      `Decision ${decision.decisionId}`,
      `${new Date(decision.createdAtMs).toISOString()} · ${decision.tool === undefined ? '' : `asked by ${decision.tool} · `}${decision.kind} · objective ${decision.objective}`,
    ],
    [`Chosen: ${chosen}`, decision.summary, ...runnerUp(decision.runnerUp)],
    ['Candidates', ...decision.candidates.map(candidateLine)],
    section('Settings that decided', decision.settings),
    section(
      'Context',
      decision.context.map(({ file, bytes }) => `${file} (${bytes} bytes)`),
    ),
    section('Attempts', attempts.map(attemptLine)),
    section(
      'Failover',
      transitions.map(
        ({ from, to, cause, message, mode }) =>
          `${from} → ${to}: ${failureWords[cause]}, ${message} (${mode === 'restart' ? 'from the start' : 'went on'})`,
      ),
    ),
    section('What was weighed where something was short', allocations.flatMap(allocationLines)),
    outcome === null
      ? []
      : [
          `Outcome: ${outcome.status}`,
          `${formatMs(outcome.timings.totalMs)} in all, first token ${formatMs(outcome.timings.firstTokenMs)}, cost ${formatUsd(outcome.costUsd)}`,
        ],
    grade === null ? [] : [`Grade: ${grade}`],
    [
      `Engine ${decision.versions.engine}, policy ${decision.versions.policy}, catalogue ${decision.versions.catalog}; decided in ${Math.round(decision.decidedInUs)} µs${decision.cached ? ' (cached)' : ''}`,
    ],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map(([title = '', ...lines]) => [title, ...lines.map((line) => `  ${line}`)].join('\n'))
    .join('\n\n')
    .concat('\n');
}

function runnerUp(route: string | null): string[] {
  return route === null ? [] : [`Runner-up: ${route}`];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines];
}

function candidateLine({ route, score, parts, rejected, expected }: Candidate): string {
  if (rejected !== null) {
    const setting = rejected.setting === null ? '' : ` [${rejected.setting}]`;
    return `${route}: not used, ${rejected.reason} (${rejected.code})${setting}`;
  }
  const shares =
    parts === null
      ? ''
      : ` (capability ${share(parts.capability)}, performance ${share(parts.performance)}, resources ${share(parts.resources)}, history ${share(parts.history)})`;
  const costs =
    expected === null ? '' : `, expected ${formatMs(expected.totalMs)} and ${formatUsd(expected.costUsd)}`;
  return `${route}: score ${score === null ? 'unknown' : share(score)}${shares}${costs}`;
}

function attemptLine({ route, status, failure, message, timings }: Attempt): string {
  const why = failure === null ? '' : `, ${failureWords[failure]}${message === null ? '' : `: ${message}`}`;
  return `${route}: ${status}${why} after ${formatMs(timings.totalMs)}`;
}

function allocationLines({ route, summary, strategies }: AllocationView): string[] {
  return [
    `${route}: ${summary}`,
    ...strategies.map(
      ({ strategy, isChosen, isFeasible, reason }) =>
        `  ${isChosen ? '→' : isFeasible ? '·' : '–'} ${strategyWords[strategy]}: ${reason}`,
    ),
  ];
}

function share(value: number): string {
  return value.toFixed(2);
}
