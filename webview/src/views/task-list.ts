/** The tasks to choose from, newest first: a list beside the task where there is room, a select above it where not. */
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { live } from 'lit/directives/live.js';
import { repeat } from 'lit/directives/repeat.js';
import type { TaskView } from '@task-router/protocol';
import { formatMinute, formatMoment } from '../format.ts';
import { currentRoute, phaseOf, phaseSigns, routeLabel, taskName } from '../state/selectors.ts';
import type { ViewContext } from './context.ts';
import { icon } from './parts.ts';

export function taskList(tasks: readonly TaskView[], shown: TaskView, context: ViewContext): TemplateResult {
  return html`<nav class="task-list" aria-label="Tasks">
    <ul>
      ${repeat(
        tasks.toReversed(),
        ({ taskId }) => taskId,
        (task) => row(task, task.taskId === shown.taskId, context),
      )}
    </ul>
  </nav>`;
}

function row(task: TaskView, isShown: boolean, { actions, nowMs }: ViewContext): TemplateResult {
  const { icon: name, tone, text } = phaseSigns[phaseOf(task)];
  const route = currentRoute(task);
  return html`<li>
    <button
      type="button"
      class="task-row"
      aria-current=${isShown ? 'true' : nothing}
      title=${taskName(task)}
      @click=${() => actions.selectTask(task.taskId)}
    >
      ${icon(name, `tone-${tone} ${name === 'loading' ? 'codicon-modifier-spin' : ''}`)}
      <span class="task-row-text">
        <span class="task-row-title">${taskName(task)}</span>
        <span class="hint task-row-detail">
          <span class="visually-hidden">${text},</span>
          <span class="task-row-route" title=${route ?? nothing}
            >${route === null ? text : routeLabel(task, route)}</span
          >
          <time>${formatMinute(task.startedAtMs, nowMs)}</time>
        </span>
      </span>
    </button>
  </li>`;
}

export function taskSelect(
  tasks: readonly TaskView[],
  shown: TaskView,
  { actions, nowMs }: ViewContext,
): TemplateResult {
  return html`<label class="task-select">
    <span class="hint">Task</span>
    <select
      .value=${live(shown.taskId)}
      @change=${(event: Event) => {
        if (event.target instanceof HTMLSelectElement) actions.selectTask(event.target.value);
      }}
    >
      ${repeat(
        tasks.toReversed(),
        ({ taskId }) => taskId,
        (task) =>
          html`<option value=${task.taskId} ?selected=${task.taskId === shown.taskId}>
            ${taskName(task)} (${phaseSigns[phaseOf(task)].text}, ${formatMoment(task.startedAtMs, nowMs)})
          </option>`,
      )}
    </select>
  </label>`;
}
