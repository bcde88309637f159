/** "Retry on…": a menu of the routes that were eligible for this task, best first. Native popover, keys as in any menu. */
import { html, type TemplateResult } from 'lit/html.js';
import type { Candidate, TaskView } from '@task-router/protocol';
import { formatCost, formatDuration, formatScore, unknown } from '../format.ts';
import { alternatives } from '../state/selectors.ts';
import { providerText } from '../words.ts';
import type { PanelActions } from './context.ts';
import { icon, placeBadges } from './parts.ts';

export function retryMenu(task: TaskView, actions: PanelActions): TemplateResult {
  const { taskId } = task;
  return html`<span class="menu-anchor">
    <button type="button" class="secondary" popovertarget="retry-menu" aria-haspopup="menu">
      ${icon('redo')}<span class="button-label">Retry on…</span>${icon('chevron-down', 'menu-chevron')}
    </button>
    <div
      id="retry-menu"
      class="menu"
      popover="auto"
      role="menu"
      aria-label="Retry on another route"
      @toggle=${focusFirst}
      @keydown=${moveFocus}
      @click=${close}
    >
      <button
        type="button"
        role="menuitem"
        tabindex="-1"
        @click=${() => actions.send({ type: 'retryOnAnother', taskId })}
      >
        <span class="menu-label">Another route</span>
        <span class="menu-detail">Decide again without the one that answered</span>
      </button>
      ${alternatives(task).map(
        (candidate) =>
          html`<button
            type="button"
            role="menuitem"
            tabindex="-1"
            title=${candidate.route}
            @click=${() => actions.send({ type: 'retryOn', taskId, route: candidate.route })}
          >
            <span class="menu-label"
              ><span class="route-label">${candidate.label}</span> ${placeBadges(candidate)}</span
            >
            <span class="menu-detail">${detail(candidate)}</span>
          </button>`,
      )}
    </div>
  </span>`;
}

function detail(candidate: Candidate): string {
  const { score, expected, isLocal } = candidate;
  const parts = [providerText(candidate), `score ${formatScore(score)}`];
  if (expected !== null) {
    const cost = formatCost(expected.costUsd, isLocal);
    parts.push(formatDuration(expected.totalMs), cost === unknown ? 'cost unknown' : cost);
  }
  return parts.join(' · ');
}

function focusFirst(event: ToggleEvent): void {
  if (event.newState === 'open') items(event)[0]?.focus();
}

function moveFocus(event: KeyboardEvent): void {
  const all = items(event);
  const at = all.findIndex((item) => item === document.activeElement);
  const to = {
    ArrowDown: (at + 1) % all.length,
    ArrowUp: (at - 1 + all.length) % all.length,
    Home: 0,
    End: all.length - 1,
  }[event.key];
  if (to === undefined) {
    // Tab leaves a menu, as everywhere.
    if (event.key === 'Tab') close(event);
    return;
  }
  event.preventDefault();
  all[to]?.focus();
}

function close(event: Event): void {
  if (event.currentTarget instanceof HTMLElement) event.currentTarget.hidePopover();
}

function items(event: Event): HTMLElement[] {
  const menu = event.currentTarget;
  return menu instanceof HTMLElement ? [...menu.querySelectorAll<HTMLElement>('[role=menuitem]')] : [];
}
