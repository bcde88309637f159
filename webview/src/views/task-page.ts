/** The Task section: which task, the decision, what happened on the way, the answer, and how it ended. */
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { guard } from 'lit/directives/guard.js';
import type { TaskView } from '@task-router/protocol';
import { formatMoment } from '../format.ts';
import {
  hasReadyModel,
  phaseOf,
  phaseSigns,
  routeLabel,
  currentRoute,
  shownNodes,
  shownTask,
  taskName,
} from '../state/selectors.ts';
import { kindWords } from '../words.ts';
import type { ViewContext } from './context.ts';
import { decisionCard } from './decision-card.ts';
import { noModels, noSnapshot, noTasks } from './empty-state.ts';
import { errorCard } from './error-card.ts';
import { outcomeBar } from './outcome-bar.ts';
import { icon, sign } from './parts.ts';
import { waitingCard } from './waiting-card.ts';
import { taskList, taskSelect } from './task-list.ts';
import { timeline } from './timeline.ts';

/** `answer` is the element that shows the answer of the shown task; it renders itself. */
export function taskPage(context: ViewContext, answer: Element): TemplateResult {
  const { snapshot } = context.state;
  const task = shownTask(context.state);
  if (snapshot === null) return noSnapshot(context.state);
  if (task === null) return emptyPage(context);
  const hasSeveral = snapshot.tasks.length > 1;
  return html`<div class="task-page ${hasSeveral ? 'has-list' : ''}">
    ${hasSeveral ? html`${taskList(snapshot.tasks, task, context)}${taskSelect(snapshot.tasks, task, context)}` : nothing}
    <article class="task" aria-labelledby="task-heading">${taskBody(task, context, answer)}</article>
  </div>`;
}

function emptyPage({ state, actions }: ViewContext): TemplateResult {
  const nodes = shownNodes(state.snapshot?.nodes ?? []);
  if (hasReadyModel(nodes)) return noTasks(actions);
  return nodes.length === 0
    ? noModels(
        actions,
        'No model found yet',
        'Task Router needs at least one model to route to. Three ways on:',
      )
    : noModels(
        actions,
        'No model is ready',
        'Some were found, but none can be used yet; Health says what each one lacks. Three ways on:',
      );
}

function taskBody(task: TaskView, context: ViewContext, answer: Element): TemplateResult {
  const { ui, actions, nowMs } = context;
  const { decision, queue, question, allocations } = task;
  const isHeld = queue !== undefined || question !== undefined;
  return html`${heading(task, context)} ${waitingCard(task, context)}
  ${guard(
    [task.taskId, decision, ui, task.text === '', task.outcome, task.transitions, allocations, isHeld],
    () =>
      decision === null
        ? task.error === null && !isHeld
          ? html`<p class="card waiting" role="status">${sign(phaseSigns.choosing)}</p>`
          : nothing
        : decisionCard(task, decision, context),
  )}
  ${guard([task.transitions], () => timeline(task, nowMs))} ${answerSection(task, answer)}
  ${guard([task.error, task.taskId], () => (task.error === null ? nothing : errorCard(task.error, task, actions)))}
  ${outcomeBar(task, context)}`;
}

function heading(task: TaskView, { state, actions, nowMs }: ViewContext): TemplateResult {
  const { retryOf } = task;
  const earlier = state.snapshot?.tasks.find(({ taskId }) => taskId === retryOf) ?? null;
  return html`<header class="task-heading">
    <h2 id="task-heading" title=${taskName(task)}>${taskName(task)}</h2>
    <p class="hint task-meta dotted">
      <span>${kindWords[task.kind]}</span>
      <span>started <time>${formatMoment(task.startedAtMs, nowMs)}</time></span>
      ${
        earlier === null
          ? retryOf === null
            ? nothing
            : html`<span>retry of an earlier task</span>`
          : html`<span
              >retry of
              <button
                type="button"
                class="link"
                title=${taskName(earlier)}
                @click=${() => actions.selectTask(earlier.taskId)}
              >
                the ${formatMoment(earlier.startedAtMs, nowMs)} task
              </button></span
            >`
      }
    </p>
  </header>`;
}

/** Nothing was sent yet, or nobody knows where it will be. */
function isBeforeAnswer(task: TaskView): boolean {
  const phase = phaseOf(task);
  return phase === 'choosing' || (task.text === '' && (phase === 'queued' || phase === 'asking'));
}

function answerSection(task: TaskView, answer: Element): TemplateResult | typeof nothing {
  const phase = phaseOf(task);
  if (isBeforeAnswer(task)) return nothing;
  if (task.tool !== undefined) {
    return html`<section class="answer">
      <p class="hint">The answer goes to ${task.tool}, which asked; its text is not kept here.</p>
    </section>`;
  }
  if (task.text === '' && (task.outcome !== null || task.error !== null)) {
    return task.error === null
      ? html`<section class="answer"><p class="hint">There is no answer text.</p></section>`
      : nothing;
  }
  const route = currentRoute(task);
  return html`<section
    class="answer"
    aria-labelledby="answer-heading"
    aria-busy=${phase === 'streaming' ? 'true' : 'false'}
  >
    <h3 id="answer-heading">
      Answer${route === null ? nothing : html` <span class="hint" title=${route}>${routeLabel(task, route)}</span>`}
    </h3>
    ${
      task.text === ''
        ? html`<div class="answer-waiting" aria-hidden="true"><span></span><span></span><span></span></div>`
        : answer
    }
    ${
      task.textTruncated
        ? html`<p class="note">
            ${icon('warning', 'tone-warn')}<span
              >The answer is longer than the panel keeps; what is beyond is not shown here.</span
            >
          </p>`
        : nothing
    }
  </section>`;
}
