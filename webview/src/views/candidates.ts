/**
 * Every candidate of a decision: the score with its four parts as numbers and bars, what each would cost and take, and
 * for the dropped ones the reason. A real table; in a narrow panel the styles stack its cells.
 */
import { html, nothing, svg, type TemplateResult } from 'lit/html.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Candidate, Decision, ScoreParts } from '@task-router/protocol';
import { formatCost, formatDuration, formatScore, formatShare, plural, qualityText } from '../format.ts';
import { ranked } from '../state/selectors.ts';
import { healthSigns, providerText, rejectionWords, scoreParts } from '../words.ts';
import { badge, icon, placeBadges, sign } from './parts.ts';

/** Rows shown before "Show all". */
const fewRows = 6;

export interface CandidatesOptions {
  readonly showsAll: boolean;
  onShowAll(showsAll: boolean): void;
}

export function candidateTable(decision: Decision, options: CandidatesOptions): TemplateResult {
  const { eligible, rejected } = ranked(decision.candidates);
  const all = [...eligible, ...rejected];
  const shown = options.showsAll ? all : all.slice(0, fewRows);
  // Explicit roles: the stacked layout changes `display`, which may take a table's meaning away.
  return html`<div class="candidates">
      <table role="table" aria-label="Candidates" class="candidate-table">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">Route</th>
            ${
              eligible.length === 0
                ? html`<th role="columnheader" scope="col" colspan="7">Why not</th>`
                : scoreHeaders(decision.weights)
            }
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${repeat(
            shown,
            ({ route }) => route,
            (candidate) => candidateRow(candidate, decision),
          )}
        </tbody>
      </table>
    </div>
    ${
      all.length > fewRows
        ? html`<button
            type="button"
            class="quiet show-all"
            aria-expanded=${options.showsAll ? 'true' : 'false'}
            @click=${() => options.onShowAll(!options.showsAll)}
          >
            ${icon(options.showsAll ? 'chevron-up' : 'chevron-down')}
            <span class="button-label"
              >${options.showsAll ? `Show the first ${fewRows} only` : `Show all ${plural(all.length, 'candidate')}`}</span
            >
          </button>`
        : nothing
    }`;
}

function scoreHeaders(weights: ScoreParts): TemplateResult {
  return html`<th role="columnheader" scope="col" class="number">Score</th>
    ${scoreParts.map(({ part, word }) => partHeader(word, weights[part]))}
    <th role="columnheader" scope="col" class="number" title="Expected time to the end of the answer">
      Time
    </th>
    <th role="columnheader" scope="col" class="number" title="Expected cost of the task">Cost</th>`;
}

function partHeader(word: string, weight: number): TemplateResult {
  return html`<th
    role="columnheader"
    scope="col"
    class="part"
    title="${word} counts for ${formatShare(weight)} of the score"
  >
    ${word} <span class="weight">× ${formatScore(weight)}</span>
  </th>`;
}

function candidateRow(candidate: Candidate, decision: Decision): TemplateResult {
  const isChosen = candidate.route === decision.route;
  const place = isChosen ? 'is-chosen' : candidate.rejected === null ? '' : 'is-rejected';
  return html`<tr role="row" class=${place}>
    <th role="rowheader" scope="row" class="route-cell">
      <span class="route-name" title=${candidate.route}>
        ${isChosen ? icon('check', 'tone-good chosen-mark') : nothing}<span class="route-label"
          >${candidate.label}</span
        >
      </span>
      <span class="route-detail">
        ${isChosen ? badge('chosen', 'badge-chosen') : nothing}
        ${candidate.route === decision.runnerUp ? badge('runner-up') : nothing} ${placeBadges(candidate)}
        <span>${providerText(candidate)}</span>
        ${candidate.state === 'healthy' ? nothing : sign(healthSigns[candidate.state])}
        ${gateBadge(candidate)}
      </span>
    </th>
    ${candidate.rejected === null ? scoreCells(candidate, decision.weights) : reasonCell(candidate.rejected)}
  </tr>`;
}

function gateBadge({ gate }: Candidate): TemplateResult | typeof nothing {
  if (gate?.passed !== false) return nothing;
  const asked = `${formatShare(gate.bound)} of its calls or more succeed, as far as is known; ${formatShare(gate.floor)} are asked for`;
  return badge('less reliable', '', `Comes after every route that fails less: ${asked}`);
}

/** Beside the capability, how sure it is: its 90 % range and the graded answers behind it. */
function certainty({ quality }: Candidate): TemplateResult | typeof nothing {
  if (quality === null) return nothing;
  const { lowerBound, upperBound, sampleSize } = quality;
  const range = `${formatScore(lowerBound)}–${formatScore(upperBound)}`;
  return html`<span class="hint certainty" title="Chance of success: ${qualityText(quality)}"
    >${range}${sampleSize === 0 ? nothing : html`<br />${plural(sampleSize, 'outcome')}`}</span
  >`;
}

function scoreCells(candidate: Candidate, weights: ScoreParts): TemplateResult {
  const { expected, parts } = candidate;
  return html`<td role="cell" class="number score" data-label="Score">${formatScore(candidate.score)}</td>
    ${scoreParts.map(
      ({ part, word }) =>
        html`<td role="cell" class="part" data-label=${word}>
          ${parts === null ? '–' : partBar(parts[part], `${word} ${formatScore(parts[part])} of 1, adds ${formatScore(parts[part] * weights[part])} to the score`)}
          ${part === 'capability' ? certainty(candidate) : nothing}
        </td>`,
    )}
    <td role="cell" class="number" data-label="Time">
      ${
        expected === null
          ? '–'
          : html`${formatDuration(expected.totalMs)}
              <span class="hint first-token" title="Expected time to the first token"
                >first ${formatDuration(expected.firstTokenMs)}</span
              >`
      }
    </td>
    <td role="cell" class="number" data-label="Cost">
      ${expected === null ? '–' : formatCost(expected.costUsd, candidate.isLocal)}
    </td>`;
}

/** A bar drawn by SVG attributes, because the page allows no inline styles. */
function partBar(value: number, title: string): TemplateResult {
  const percent = Math.round(Math.min(1, Math.max(0, value)) * 100);
  return html`<span class="part-value" title=${title}
    ><span class="part-number">${formatScore(value)}</span
    ><svg class="bar" aria-hidden="true" focusable="false">
      ${svg`<rect class="bar-track" width="100%" height="100%" rx="2"></rect><rect class="bar-fill" width="${percent}%" height="100%" rx="2"></rect>`}
    </svg></span
  >`;
}

function reasonCell(rejected: NonNullable<Candidate['rejected']>): TemplateResult {
  return html`<td role="cell" colspan="7" class="reason" data-label="Not eligible">
    <span class="reason-head"
      >${icon('circle-slash', 'tone-muted')}<strong>${rejectionWords[rejected.code]}</strong>
      <code title="Reason code">${rejected.code}</code></span
    >
    <span class="reason-text">${rejected.reason}</span>
    ${
      rejected.setting === null
        ? nothing
        : html`<span class="reason-setting"
            >${icon('settings-gear')}<span>Setting: ${rejected.setting}</span></span
          >`
    }
  </td>`;
}

export function candidatesHeading(decision: Decision): string {
  const { eligible, rejected } = ranked(decision.candidates);
  const head = plural(eligible.length, 'eligible route');
  return rejected.length === 0 ? head : `${head}, ${rejected.length} not eligible`;
}
