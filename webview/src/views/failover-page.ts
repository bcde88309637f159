/** The Failover section: every change of route over the kept tasks, newest first. */
import { failureWords } from '@task-router/protocol/words';
import { html, type TemplateResult } from 'lit/html.js';
import { formatMoment, plural } from '../format.ts';
import { failovers, routeLabel, taskName, type Failover } from '../state/selectors.ts';

import { alarmTable } from './alarm-table.ts';
import type { ViewContext } from './context.ts';
import { noSnapshot } from './empty-state.ts';
import { icon, sign } from './parts.ts';

export function failoverPage(context: ViewContext): TemplateResult {
  const { snapshot } = context.state;
  if (snapshot === null) return noSnapshot(context.state);
  const rows = failovers(snapshot);
  const alarms = snapshot.daemon?.alarms ?? [];
  if (rows.length === 0 && alarms.length === 0) {
    return html`<section class="empty" aria-labelledby="empty-heading">
      ${icon('pass', 'empty-icon')}
      <h2 id="empty-heading">No failover so far</h2>
      <p>
        When a model stalls, fails or runs out of quota, the next best route takes over within the task’s
        deadline. Each such change is listed here with its cause.
      </p>
    </section>`;
  }
  return html`<div class="page">
    <header class="page-heading">
      <h2>Failover</h2>
      <p class="hint">
        ${plural(rows.length, 'change')} of route in the last ${plural(snapshot.tasks.length, 'task')}
      </p>
    </header>
    <table role="table" class="failover-table" aria-label="Failovers">
      <thead role="rowgroup">
        <tr role="row">
          ${['Time', 'Task', 'From', 'To', 'Cause', 'Mode'].map((name) => html`<th role="columnheader" scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${rows.map((failover) => row(failover, context))}
      </tbody>
    </table>
    ${alarmTable(alarms, context.nowMs)}
  </div>`;
}

function row({ task, transition }: Failover, { actions, nowMs }: ViewContext): TemplateResult {
  const { from, to, mode } = transition;
  return html`<tr role="row">
    <td role="cell" class="moment" data-label="Time"><time>${formatMoment(transition.atMs, nowMs)}</time></td>
    <td role="cell" data-label="Task">
      <button
        type="button"
        class="link"
        title="Show this task: ${taskName(task)}"
        @click=${() => {
          actions.selectTask(task.taskId);
          actions.changeUi({ tab: 'task' });
        }}
      >
        ${taskName(task)}
      </button>
    </td>
    <td role="cell" data-label="From"><span title=${from}>${routeLabel(task, from)}</span></td>
    <td role="cell" data-label="To"><span title=${to}>${routeLabel(task, to)}</span></td>
    <td role="cell" data-label="Cause">
      ${sign({ icon: 'error', tone: 'bad', text: failureWords[transition.cause] })}
      <span class="hint cause-message">${transition.message}</span>
    </td>
    <td role="cell" class="mode" data-label="Mode">
      ${
        mode === 'restart'
          ? html`<span title="The text so far was dropped; the next route answered from the start"
              >restarted</span
            >`
          : html`<span title="Nothing had been written yet, so nothing was lost">continued</span>`
      }
    </td>
  </tr>`;
}
