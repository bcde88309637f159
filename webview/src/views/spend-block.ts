/** The Spend block of the Health section: budgets, what was spent and how sure that is, and estimates against bills. */
import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { BudgetView, DriftView, Spent, SpendView } from '@task-router/protocol';
import { formatCount, formatMoment, formatMoney, formatShare, plural } from '../format.ts';
import { icon } from './parts.ts';

export function spendBlock(spend: SpendView | undefined, nowMs: number): TemplateResult | typeof nothing {
  if (spend === undefined) return nothing;
  const { today, month, heldUsd, budgets, providers } = spend;
  return html`<section class="card spend" aria-labelledby="spend-heading">
    <h3 id="spend-heading">Spend</h3>
    <dl class="facts">
      ${spentFact('Today', today)} ${spentFact('This month', month)}
      ${
        heldUsd === 0
          ? nothing
          : html`<div class="fact">
              <dt>Reserved by running tasks</dt>
              <dd>${formatMoney(heldUsd)}</dd>
            </div>`
      }
    </dl>
    ${
      budgets.length === 0
        ? html`<p class="hint">No budget is set. “budgets” in config.jsonc sets one.</p>`
        : html`<ul class="plain-list budgets">
            ${budgets.map((budget) => html`<li>${budgetLine(budget, nowMs)}</li>`)}
          </ul>`
    }
    ${providers.length === 0 ? nothing : driftTable(providers)}
  </section>`;
}

function spentFact(term: string, spent: Spent): TemplateResult {
  return html`<div class="fact">
    <dt>${term}</dt>
    <dd>${spentText(spent)}</dd>
  </div>`;
}

/** The sum with its error bar; calls of unknown price make it a lower bound, and are counted, never shown as 0. */
function spentText({ settledUsd, plusMinusUsd, unknownCalls }: Spent): string {
  const bar = plusMinusUsd === 0 ? '' : ` ± ${formatMoney(plusMinusUsd)}`;
  const rest = unknownCalls === 0 ? '' : `, and ${plural(unknownCalls, 'call')} of unknown price`;
  return `${formatMoney(settledUsd)}${bar}${rest}`;
}

function budgetLine(budget: BudgetView, nowMs: number): TemplateResult {
  const { name, hard, limitUsd, settledUsd, heldUsd, resetsAtMs } = budget;
  const share = limitUsd === 0 ? 1 : (settledUsd + heldUsd) / limitUsd;
  const isOver = share >= 1;
  const held = heldUsd === 0 ? '' : `, ${formatMoney(heldUsd)} held`;
  return html`${icon(isOver ? (hard ? 'circle-slash' : 'warning') : 'check', isOver ? 'tone-warn' : 'tone-good')}<span
      ><strong>${name}</strong> <span class="hint">${hard ? 'hard: stops and asks' : 'soft: warns'}</span
      ><br />
      <meter
        class="budget-meter"
        min="0"
        max="1"
        low="0.8"
        high="0.999"
        optimum="0"
        .value=${Math.min(1, share)}
        aria-label=${`Used of ${name}`}
      ></meter>
      ${formatMoney(settledUsd)} of ${formatMoney(limitUsd)} spent${held} (${formatShare(share)}); starts over
      ${formatMoment(resetsAtMs, nowMs)}</span
    >`;
}

function driftTable(providers: readonly DriftView[]): TemplateResult {
  return html`<div class="table-scroll">
    <table role="table" class="drift-table" aria-label="Expected and charged, this month">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">Provider</th>
          <th role="columnheader" scope="col" class="number">Calls</th>
          <th role="columnheader" scope="col" class="number">Expected</th>
          <th role="columnheader" scope="col" class="number">Charged</th>
          <th role="columnheader" scope="col" class="number">Charged / expected</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${providers.map(
          (each) =>
            html`<tr role="row">
              <th role="rowheader" scope="row">${each.provider}</th>
              <td role="cell" class="number" data-label="Calls">${formatCount(each.calls)}</td>
              <td role="cell" class="number" data-label="Expected">${formatMoney(each.predictedUsd)}</td>
              <td role="cell" class="number" data-label="Charged">${spentText(each)}</td>
              <td role="cell" class="number" data-label="Charged / expected">
                ${each.ratio === null ? '–' : formatShare(each.ratio)}
                ${each.isDrifting ? html`<span class="hint">${icon('warning', 'tone-warn')} the estimates are off</span>` : nothing}
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
