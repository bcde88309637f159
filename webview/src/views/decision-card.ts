/**
 * The decision card: which route, why this one and not the runner-up, what it is expected to take and cost, what shaped
 * the choice, and exactly what is sent. It is there before the first token; when the answer comes, all but the choice, its
 * reason and the rules that shaped it folds into a line, so that the answer is on the screen.
 */
import { skipWords } from '@task-router/protocol/words';
import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { Decision, TaskView } from '@task-router/protocol';
import {
  formatBytes,
  formatCost,
  formatCount,
  formatDuration,
  formatScore,
  formatShare,
  plural,
  qualityText,
} from '../format.ts';
import { candidateOf, routeLabel } from '../state/selectors.ts';
import type { UiState } from '../state/ui-state.ts';
import { healthSigns, providerText, scoreParts } from '../words.ts';
import { allocationPart } from './allocation-part.ts';
import { balanceFacts } from './balance.ts';
import { candidatesHeading, candidateTable } from './candidates.ts';
import type { ViewContext } from './context.ts';
import { flipList } from './flip-points.ts';
import { badge, fact, icon, placeBadges, sign, toggling } from './parts.ts';

export function decisionCard(task: TaskView, decision: Decision, context: ViewContext): TemplateResult {
  return html`<section class="card decision" aria-labelledby="decision-heading">
      <header class="card-kicker">
        <h3 id="decision-heading">${decision.route === null ? 'No eligible route' : 'Chosen route'}</h3>
        <span>${howDecided(decision)}</span>
      </header>
      ${chosen(task, decision)}
      ${decision.candidates.length === 0 ? nothing : html`<p class="summary">${decision.summary}</p>`}
      ${settings(decision)} ${isShort(task) ? allocationPart(task) : nothing}
      ${detailsPart(task, decision, context)}
    </section>
    ${candidatesPart(task, decision, context)}`;
}

/** Everything beside the choice itself, its reason and the rules that shaped it. */
function detailsPart(task: TaskView, decision: Decision, context: ViewContext): TemplateResult {
  const { ui, actions } = context;
  const isOpen = showsReasons(task, ui.showsDetails, ui);
  return html`<details class="card-part folded card-details" ?open=${isOpen}>
    <summary @click=${toggling(() => actions.changeUi({ showsDetails: !isOpen, explainedTaskId: null }))}>
      ${icon('info', 'tone-muted')}<span
        >${isOpen ? 'Forecast, objective and what is sent' : forecastLine(task, decision)}</span
      >
    </summary>
    <div class="card-details-parts">
      ${understood(decision)} ${facts(task, decision)} ${balanceFacts(decision)}
      ${flipPart(task, decision, context)} ${isShort(task) ? nothing : allocationPart(task)}
      ${contextSent(decision, context)}
    </div>
  </details>`;
}

/** Resources were short, and something was done about it: that must not be overlooked. */
function isShort({ allocations }: TaskView): boolean {
  const last = allocations?.at(-1);
  return last !== undefined && (!last.isAllocated || last.strategies.length > 0);
}

/** What the folded card still says: `Expected: 9.4 s, $0.021, quality 0.94; runner-up qwen3-coder:30b`. */
function forecastLine(task: TaskView, decision: Decision): string {
  const candidate = candidateOf(task, decision.route);
  if (candidate === null) return 'What was asked for, and what was sent';
  const { expected, quality, isLocal } = candidate;
  const forecast = [
    formatDuration(expected?.totalMs ?? null),
    formatCost(expected?.costUsd ?? null, isLocal),
    ...(quality === null ? [] : [`quality ${formatScore(quality.mean)}`]),
  ].join(', ');
  const next = decision.runnerUp === null ? '' : `; runner-up ${routeLabel(task, decision.runnerUp)}`;
  return `Expected: ${forecast}${next}`;
}

function candidatesPart(task: TaskView, decision: Decision, { ui, actions }: ViewContext): Piece {
  if (decision.candidates.length === 0) return nothing;
  const isOpen = showsReasons(task, ui.showsCandidates, ui);
  return html`<details class="disclosure" ?open=${isOpen}>
    <summary @click=${toggling(() => actions.changeUi({ showsCandidates: !isOpen, explainedTaskId: null }))}>
      <h3>Candidates</h3>
      <span class="hint">${candidatesHeading(decision)}</span>
    </summary>
    ${candidateTable(decision, {
      showsAll: ui.allCandidatesOf === task.taskId,
      onShowAll: (showsAll) => actions.changeUi({ allCandidatesOf: showsAll ? task.taskId : null }),
    })}
  </details>`;
}

/** Until the reader decides: open while there is nothing else to read, and where the reasons are the answer. */
function showsReasons(
  { taskId, text, transitions, outcome, decision }: TaskView,
  chosen: boolean | null,
  { explainedTaskId }: UiState,
): boolean {
  if (explainedTaskId === taskId) return true;
  if (chosen !== null) return chosen;
  return decision?.route === null || (text === '' && transitions.length === 0 && outcome === null);
}

function chosen(task: TaskView, decision: Decision): TemplateResult {
  if (decision.route === null) {
    const count = decision.candidates.length;
    const text =
      count === 0 ? 'No model is known yet' : `None of ${plural(count, 'candidate')} can take this task`;
    return html`<p class="chosen">
      <span class="chosen-route"
        >${icon('circle-slash', 'tone-warn')}<strong class="chosen-name">${text}</strong></span
      >
    </p>`;
  }
  const candidate = candidateOf(task, decision.route);
  return html`<p class="chosen">
    <span class="chosen-route"
      >${icon('target', 'tone-info')}<strong class="chosen-name" title=${decision.route}
        >${candidate?.label ?? decision.route}</strong
      ></span
    >
    <span class="chosen-detail">
      ${
        candidate === null
          ? nothing
          : html`${placeBadges(candidate)}<span>${providerText(candidate)}</span>${
              candidate.state === 'healthy' ? nothing : sign(healthSigns[candidate.state])
            }`
      }
      ${decision.cached ? badge('cached', '', 'Same kind of task as before: taken from the route cache') : nothing}
    </span>
  </p>`;
}

function facts(task: TaskView, decision: Decision): TemplateResult {
  const candidate = candidateOf(task, decision.route);
  const expected = candidate?.expected ?? null;
  const weights = scoreParts
    .map(({ part, word }) => `${word.toLowerCase()} ${formatShare(decision.weights[part])}`)
    .join(' · ');
  return html`<dl class="facts">
    ${
      candidate === null
        ? nothing
        : html`${fact('Expected first token', formatDuration(expected?.firstTokenMs ?? null))}
          ${fact('Expected time', formatDuration(expected?.totalMs ?? null))}
          ${fact('Expected cost', formatCost(expected?.costUsd ?? null, candidate.isLocal))}
          ${candidate.quality === null ? nothing : fact('Expected quality', qualityText(candidate.quality))}`
    }
    ${
      decision.runnerUp === null
        ? nothing
        : html`<div class="fact fact-wide" title=${decision.runnerUp}>
            <dt>Runner-up</dt>
            <dd>${routeLabel(task, decision.runnerUp)}</dd>
          </div>`
    }
    <div class="fact fact-wide">
      <dt>Objective</dt>
      <dd><span class="objective">${decision.objective}</span><span class="hint">: ${weights}</span></dd>
    </div>
  </dl>`;
}

/** What the task was taken for, before any route was looked at. */
function understood({ understanding }: Decision): Piece {
  if (understanding === null) return nothing;
  return html`<p class="understood hint">
    ${icon('lightbulb', 'tone-muted')}<span>Understood as: ${understanding.words}</span>
  </p>`;
}

function flipPart({ taskId }: TaskView, { flipPoints }: Decision, { ui, actions }: ViewContext): Piece {
  const isOpen = ui.showsFlips || ui.explainedTaskId === taskId;
  return flipList(flipPoints, isOpen, () => actions.changeUi({ showsFlips: !isOpen, explainedTaskId: null }));
}

function settings(decision: Decision): Piece {
  if (decision.settings.length === 0) return nothing;
  return html`<div class="card-part">
    <h4>Settings that shaped the choice</h4>
    <ul class="plain-list">
      ${decision.settings.map((setting) => html`<li>${icon('settings-gear', 'tone-muted')}<span>${setting}</span></li>`)}
    </ul>
  </div>`;
}

type Piece = TemplateResult | typeof nothing;

function contextSent(decision: Decision, { ui, actions }: ViewContext): TemplateResult {
  const { context, skippedContext } = decision;
  if (context.length === 0 && skippedContext.length === 0) {
    return html`<p class="card-part context-line">
      ${icon('file', 'tone-muted')}<span
        >No file is sent, only the task’s text: ${formatCount(decision.inputTokens)} input tokens</span
      >
    </p>`;
  }
  const bytes = context.reduce((sum, span) => sum + span.bytes, 0);
  return html`<details class="card-part folded" ?open=${ui.showsContext}>
    <summary @click=${toggling(() => actions.changeUi({ showsContext: !ui.showsContext }))}>
      ${icon('file', 'tone-muted')}<span
        >${plural(context.length, 'file')} sent
        (${formatBytes(bytes)})${
          skippedContext.length === 0 ? '' : `, ${formatCount(skippedContext.length)} skipped`
        },
        ${formatCount(decision.inputTokens)} input tokens</span
      >
    </summary>
    <ul class="plain-list">
      ${context.map(
        ({ file, range, bytes: size }) =>
          html`<li>
            ${icon('check', 'tone-good')}<span
              ><span class="path"
                >${file}${range === null ? '' : `:${range.startLine}–${range.endLine}`}</span
              >
              <span class="hint">${formatBytes(size)}, sent</span></span
            >
          </li>`,
      )}
      ${skippedContext.map(
        ({ file, reason }) =>
          html`<li>
            ${icon('circle-slash', 'tone-muted')}<span
              ><span class="path">${file}</span> <span class="hint">skipped: ${skipWords[reason]}</span></span
            >
          </li>`,
      )}
    </ul>
  </details>`;
}

function howDecided({ decidedInUs, cached, propensity }: Decision): string {
  const time = `decided in ${formatDecisionTime(decidedInUs)}${cached ? ' from the route cache' : ''}`;
  if (propensity >= 1) return time;
  return `${time}, in ${formatShare(propensity)} of such cases: near ties are tried now and then`;
}

function formatDecisionTime(us: number): string {
  return us < 1000 ? `${formatCount(Math.round(us))} µs` : formatDuration(us / 1000);
}
