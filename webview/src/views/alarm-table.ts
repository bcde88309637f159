/** What the monitor noticed, newest first: which test, with what evidence since when, and what was done about it. */
import { alarmActionWords } from '@task-router/protocol/words';
import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { AlarmView } from '@task-router/protocol';
import { formatMoment } from '../format.ts';
import { alarmSigns } from '../words.ts';
import { sign } from './parts.ts';

export function alarmTable(alarms: readonly AlarmView[], nowMs: number): TemplateResult | typeof nothing {
  if (alarms.length === 0) return nothing;
  return html`<section aria-labelledby="alarms-heading">
    <h3 id="alarms-heading">Noticed changes</h3>
    <table role="table" class="failover-table alarm-table" aria-label="Noticed changes">
      <thead role="rowgroup">
        <tr role="row">
          ${['Time', 'Route', 'Change', 'Since', 'Done'].map(
            (name) => html`<th role="columnheader" scope="col">${name}</th>`,
          )}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${alarms.map((alarm) => alarmRow(alarm, nowMs))}
      </tbody>
    </table>
  </section>`;
}

function alarmRow(alarm: AlarmView, nowMs: number): TemplateResult {
  const { routeId, kind, evidence, statistic, threshold, sinceMs, atMs, action } = alarm;
  return html`<tr role="row">
    <td role="cell" class="moment" data-label="Time"><time>${formatMoment(atMs, nowMs)}</time></td>
    <td role="cell" data-label="Route">${routeId === '' ? 'All routes' : routeId}</td>
    <td role="cell" data-label="Change">
      ${sign(alarmSigns[kind])}
      <span
        class="hint cause-message"
        title="Strength of the evidence: ${statistic.toFixed(2)}; told from ${threshold} on"
        >${evidence}</span
      >
    </td>
    <td role="cell" class="moment" data-label="Since"><time>${formatMoment(sinceMs, nowMs)}</time></td>
    <td role="cell" data-label="Done">${alarmActionWords[action]}</td>
  </tr>`;
}
