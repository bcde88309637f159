/** What holds a task before its answer: its place in line, or a budget that wants the developer's word. */
import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { BudgetQuestion, QueueView, TaskView } from '@task-router/protocol';
import {
  formatCost,
  formatCount,
  formatDuration,
  formatElapsed,
  formatMoment,
  formatMoney,
} from '../format.ts';
import type { ViewContext } from './context.ts';
import { button, fact, icon } from './parts.ts';

export function waitingCard(task: TaskView, context: ViewContext): TemplateResult | typeof nothing {
  if (task.question !== undefined) return questionCard(task.question, task, context);
  return task.queue === undefined ? nothing : queueCard(task.queue, context.nowMs);
}

function queueCard(queue: QueueView, nowMs: number): TemplateResult {
  const { position, waiting, reason, expectedWaitMs, sinceMs, untilMs } = queue;
  return html`<section class="card waiting-card" aria-labelledby="waiting-heading">
    <h3 id="waiting-heading">
      ${icon('watch', 'tone-info')}<span
        >Waiting in line: place ${formatCount(position)} of ${formatCount(waiting)}</span
      >
    </h3>
    <p>${reason}</p>
    <dl class="facts">
      ${fact('Expected wait', expectedWaitMs === null ? 'until one is given back' : `about ${formatDuration(expectedWaitMs)}`)}
      ${fact('Waits since', formatElapsed(nowMs - sinceMs))}
      ${fact('At most until', formatMoment(untilMs, nowMs))}
    </dl>
  </section>`;
}

function questionCard(
  question: BudgetQuestion,
  task: TaskView,
  { actions, nowMs }: ViewContext,
): TemplateResult {
  const { message, budget, limitUsd, spentUsd, heldUsd, neededUsd, resetsAtMs, questionId } = question;
  const { taskId } = task;
  return html`<section class="card warning-card question-card" aria-labelledby="question-heading">
    <h3 id="question-heading">
      ${icon('shield', 'tone-warn')}<span>A budget stopped the task. Go on?</span>
    </h3>
    <p>${message}</p>
    <dl class="facts">
      ${fact('Budget', budget)} ${fact('Spent', `${formatMoney(spentUsd)} of ${formatMoney(limitUsd)}`)}
      ${heldUsd === 0 ? nothing : fact('Reserved by running tasks', formatMoney(heldUsd))}
      ${fact('This task, at most', formatCost(neededUsd))}
      ${resetsAtMs === null ? nothing : fact('Starts over', formatMoment(resetsAtMs, nowMs))}
    </dl>
    <div class="buttons">
      ${button('Allow Once', () => actions.send({ type: 'allowOnce', taskId, questionId }), { look: 'primary' })}
      ${button('Raise Budget…', () => actions.send({ type: 'openConfig' }), {
        title: 'Opens config.jsonc; the task goes on as soon as a saved budget allows it',
      })}
      ${button('Cancel Task', () => actions.cancel(taskId))}
    </div>
  </section>`;
}
