/**
 * The bar at the end of a task: while it runs, what it waits for and Cancel; afterwards how it ended, and what can be
 * done with the answer. It stays in sight while a long answer scrolls.
 */
import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { Outcome, TaskView } from '@task-router/protocol';
import { formatCost, formatCount, formatDuration, formatElapsed, plural, unknown } from '../format.ts';
import {
  alternatives,
  candidateOf,
  currentRoute,
  isRunning,
  phaseOf,
  phaseSigns,
  routeLabel,
} from '../state/selectors.ts';
import { finishWords } from '../words.ts';
import type { ViewContext } from './context.ts';
import { button, icon, sign } from './parts.ts';
import { retryMenu } from './retry-menu.ts';

export function outcomeBar(task: TaskView, context: ViewContext): TemplateResult {
  return html`<div class="outcome-bar" role="group" aria-label="Outcome and actions">
    <div class="outcome">${isRunning(task) ? progress(task, context) : ended(task)}</div>
    <div class="buttons outcome-buttons">${buttons(task, context)}</div>
  </div>`;
}

/** What another tool asked is its own to cancel or to ask again; how good the answer was, a developer may say. */
function buttons(task: TaskView, context: ViewContext): TemplateResult | typeof nothing {
  if (task.tool === undefined)
    return isRunning(task) ? cancelButton(task, context) : endButtons(task, context);
  return task.outcome?.status === 'succeeded' ? gradeButtons(task.taskId, context) : nothing;
}

function progress(task: TaskView, { nowMs }: ViewContext): TemplateResult {
  const route = currentRoute(task);
  return html`<p class="outcome-line">
    ${sign(phaseSigns[phaseOf(task)])}
    <span class="outcome-facts dotted">
      ${route === null ? nothing : html`<span class="outcome-route" title=${route}>${routeLabel(task, route)}</span>`}
      <span>${formatElapsed(nowMs - task.startedAtMs)}</span>
    </span>
  </p>`;
}

function ended(task: TaskView): TemplateResult {
  const { outcome } = task;
  const finish = outcome === null ? null : cutWarning(outcome, task.tool !== undefined);
  const warnings = [finish, outcome?.warning ?? null].filter((warning) => warning !== null);
  return html`<p class="outcome-line">
      ${sign(phaseSigns[phaseOf(task)])} ${outcome === null ? nothing : outcomeFacts(task, outcome)}
    </p>
    ${warnings.map((warning) => html`<p class="outcome-warning">${icon('warning', 'tone-warn')}<span>${warning}</span></p>`)}`;
}

/** Whose limit cut the answer: the model's, or one that was set lower because something was short. */
function cutWarning({ finishReason, shortened }: Outcome, hasTools: boolean): string | null {
  if (shortened !== undefined) {
    return `The answer was cut at ${formatCount(shortened.maxOutputTokens)} tokens: ${shortened.reason}`;
  }
  if (finishReason === null || (hasTools && finishReason === 'toolCalls')) return null;
  return finishWords[finishReason];
}

function outcomeFacts(task: TaskView, outcome: Outcome): TemplateResult {
  const { timings, tokens, route, attempts } = outcome;
  if (attempts === 0) return html`<span class="outcome-facts">nothing was sent</span>`;
  const isLocal = candidateOf(task, route)?.isLocal ?? false;
  return html`<span class="outcome-facts dotted">
    ${route === null ? nothing : html`<span class="outcome-route" title=${route}>by ${routeLabel(task, route)}</span>`}
    <span>${plural(attempts, 'attempt')}</span>
    ${timings.firstTokenMs === null ? nothing : html`<span>first token ${formatDuration(timings.firstTokenMs)}</span>`}
    <span>total ${formatDuration(timings.totalMs)}</span>
    <span title=${tokenDetail(outcome)}>${tokenText(tokens.input, tokens.output)}</span>
    <span
      >${formatCost(outcome.costUsd, isLocal) === unknown ? 'cost unknown' : formatCost(outcome.costUsd, isLocal)}</span
    >
  </span>`;
}

function tokenText(input: number | null, output: number | null): string {
  if (input === null && output === null) return 'tokens unknown';
  return `${formatCount(input)} tokens in, ${formatCount(output)} out`;
}

function tokenDetail({ tokens }: Outcome): string {
  return `Of these ${formatCount(tokens.cachedInput)} input tokens came from a cache, ${formatCount(tokens.reasoning)} output tokens were reasoning.`;
}

function cancelButton(task: TaskView, { cancelling, actions }: ViewContext): TemplateResult {
  const isAsked = cancelling.has(task.taskId);
  // Not `disabled`: that would drop the keyboard focus that has just pressed it.
  return html`<button
    type="button"
    class="secondary"
    data-focus="task-end"
    aria-disabled=${isAsked ? 'true' : 'false'}
    @click=${() => (isAsked ? undefined : actions.cancel(task.taskId))}
  >
    ${icon('debug-stop')}<span class="button-label">${isAsked ? 'Cancelling…' : 'Cancel'}</span>
  </button>`;
}

function endButtons(task: TaskView, context: ViewContext): TemplateResult {
  const { actions } = context;
  const { taskId } = task;
  const hasRoutes = alternatives(task).length > 0;
  return html`${task.text === '' ? nothing : answerButtons(taskId, context)}
  ${hasRoutes ? retryMenu(task, actions) : button('Route Task…', () => actions.send({ type: 'routeTask' }), { icon: 'play' })}
  ${task.text === '' ? nothing : gradeButtons(taskId, context)}`;
}

function answerButtons(taskId: string, { actions }: ViewContext): TemplateResult {
  return html`<button
      type="button"
      class="secondary"
      data-focus="task-end"
      title="Copy the whole answer"
      @click=${(event: Event) => {
        if (event.currentTarget instanceof HTMLElement) actions.copy(taskId, null, event.currentTarget);
      }}
    >
      ${icon('copy')}<span class="button-label">Copy</span>
    </button>
    ${button('Insert', () => actions.send({ type: 'insert', taskId, codeBlock: null }), {
      icon: 'insert',
      title: 'Insert the whole answer at the cursor',
    })}
    ${button('Replace…', () => actions.send({ type: 'replace', taskId, codeBlock: null }), {
      icon: 'diff',
      title: 'Replace the selection with the whole answer, after a preview',
    })}`;
}

function gradeButtons(taskId: string, { state, actions }: ViewContext): TemplateResult {
  const grade = state.graded[taskId] ?? null;
  return html`<span class="grades" role="group" aria-label="Grade the answer">
    ${(['good', 'bad'] as const).map((value) => {
      const isSet = grade === value;
      const name = value === 'good' ? 'thumbsup' : 'thumbsdown';
      return html`<button
        type="button"
        class="quiet toggle"
        aria-pressed=${isSet ? 'true' : 'false'}
        title=${value === 'good' ? 'Good answer: such tasks go to this route more' : 'Bad answer: such tasks go to this route less'}
        @click=${() => actions.send({ type: 'feedback', taskId, grade: value })}
      >
        ${icon(isSet ? `${name}-filled` : name)}<span class="button-label"
          >${value === 'good' ? 'Good' : 'Bad'}</span
        >
      </button>`;
    })}
  </span>`;
}
