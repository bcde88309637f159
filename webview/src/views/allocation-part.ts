/** The part of the decision card that tells what an attempt holds, and what was weighed where something was short. */
import { strategyWords } from '@task-router/protocol/words';
import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { AllocationView, StrategyView, TaskView } from '@task-router/protocol';
import { formatCost, formatCount, formatDuration, formatShare } from '../format.ts';
import { routeLabel } from '../state/selectors.ts';
import { icon } from './parts.ts';

/** Only the newest: earlier attempts stand in the timeline. */
export function allocationPart(task: TaskView): TemplateResult | typeof nothing {
  const allocation = task.allocations?.at(-1);
  if (allocation === undefined) return nothing;
  return html`<div class="card-part allocation">
    <h4>Resources for ${routeLabel(task, allocation.route)}</h4>
    <p>
      ${icon(allocation.isAllocated ? 'check' : 'watch', allocation.isAllocated ? 'tone-good' : 'tone-warn')}
      ${allocation.summary}
    </p>
    ${held(allocation)} ${strategies(allocation)}
  </div>`;
}

function held({ held: amounts, maxOutputTokens }: AllocationView): TemplateResult | typeof nothing {
  const parts = [
    ...amounts,
    ...(maxOutputTokens === null ? [] : [`at most ${formatCount(maxOutputTokens)} output tokens`]),
  ];
  if (parts.length === 0) return nothing;
  return html`<p class="hint dotted">${parts.map((part) => html`<span>${part}</span>`)}</p>`;
}

function strategies({ strategies: weighed }: AllocationView): TemplateResult | typeof nothing {
  if (weighed.length === 0) return nothing;
  return html`<ul class="plain-list">
    ${weighed.map(
      (each) =>
        html`<li>
          ${icon(...lookOf(each))}<span
            ><strong>${strategyWords[each.strategy]}</strong>${each.isChosen ? ' (taken)' : ''}:
            ${each.reason}<span class="hint">${price(each)}</span></span
          >
        </li>`,
    )}
  </ul>`;
}

function lookOf({ isChosen, isFeasible }: StrategyView): [name: string, tone: string] {
  if (isChosen) return ['check', 'tone-good'];
  return isFeasible ? ['circle-outline', 'tone-muted'] : ['circle-slash', 'tone-muted'];
}

function price({ isFeasible, waitMs, extraCostUsd, qualityLoss, utility }: StrategyView): string {
  if (!isFeasible) return '';
  const parts = [
    ...(waitMs === null || waitMs === 0 ? [] : [`${formatDuration(waitMs)} more`]),
    ...(extraCostUsd === null || extraCostUsd === 0
      ? []
      : [`${formatCost(Math.abs(extraCostUsd))} ${extraCostUsd > 0 ? 'dearer' : 'cheaper'}`]),
    ...(qualityLoss === null || qualityLoss === 0 ? [] : [`${formatShare(qualityLoss)} worse`]),
    ...(utility === null ? [] : [`utility ${utility.toFixed(2)}`]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
