/** An error: its code, what happened, what to do next, and that next step as a button. */
import { html, type TemplateResult } from 'lit/html.js';
import type { ErrorCode, TaskView, WireError } from '@task-router/protocol';
import { alternatives } from '../state/selectors.ts';
import type { PanelActions } from './context.ts';
import { waysOn } from './empty-state.ts';
import { button, icon } from './parts.ts';

type Step =
  'addKey' | 'openConfig' | 'probe' | 'restartDaemon' | 'resume' | 'retry' | 'routeTask' | 'showLog' | 'ways';

/** The step that helps, by the code's family, or by the code itself where the family is too coarse. */
const steps = {
  'route.none': ['ways'],
  'route.allFailed': ['retry', 'probe'],
  'route.incomplete': ['resume', 'retry'],
  'route.interrupted': ['retry', 'showLog'],
  'provider.keyRejected': ['addKey'],
  'provider.unreachable': ['probe', 'openConfig'],
  'provider.nodeUnknown': ['openConfig'],
  'daemon.protocolVersion': ['restartDaemon'],
} as const satisfies Partial<Record<ErrorCode, readonly Step[]>>;
const familySteps = new Map<string, readonly Step[]>([
  ['budget', ['openConfig', 'retry']],
  ['resources', ['retry', 'probe']],
  ['config', ['openConfig']],
  ['daemon', ['restartDaemon', 'showLog']],
  ['editor', ['routeTask']],
  ['internal', ['retry', 'showLog']],
  ['task', ['routeTask']],
]);

/** Steps of a code; an unknown code of a newer daemon leads to the log. */
export function stepsOf(code: string): readonly Step[] {
  const known = Object.entries(steps).find(([name]) => name === code)?.[1];
  return known ?? familySteps.get(code.split('.')[0] ?? '') ?? ['showLog'];
}

export function errorCard(error: WireError, task: TaskView, actions: PanelActions): TemplateResult {
  const taken = stepsOf(error.code);
  return html`<section class="card error-card" aria-labelledby="error-heading">
    <h3 id="error-heading">${icon('error', 'tone-bad')}<span>${error.message}</span></h3>
    <p>${error.next}</p>
    ${
      taken.includes('ways')
        ? waysOn(actions)
        : html`<div class="buttons">
            ${taken.map((step, position) => stepButton(step, task, actions, position === 0 ? 'primary' : 'secondary'))}
          </div>`
    }
    <p class="fine-print">Code <code>${error.code}</code></p>
  </section>`;
}

function stepButton(
  step: Step,
  task: TaskView,
  actions: PanelActions,
  look: 'primary' | 'secondary',
): TemplateResult {
  switch (step) {
    case 'addKey':
      return button('Add Provider Key…', () => actions.send({ type: 'addKey' }), { look });
    case 'openConfig':
      return button('Open config.jsonc', () => actions.send({ type: 'openConfig' }), { look });
    case 'probe':
      return button('Probe Now', () => actions.send({ type: 'probe' }), { look });
    case 'restartDaemon':
      return button('Restart Daemon', () => actions.send({ type: 'restartDaemon' }), { look });
    case 'resume':
      return button('Resume the Answer', () => actions.send({ type: 'resume', taskId: task.taskId }), {
        look,
      });
    case 'retry':
      return alternatives(task).length > 0
        ? button(
            'Retry on Another Route',
            () => actions.send({ type: 'retryOnAnother', taskId: task.taskId }),
            { look },
          )
        : button('Route Task…', () => actions.send({ type: 'routeTask' }), { look });
    case 'routeTask':
      return button('Route Task…', () => actions.send({ type: 'routeTask' }), { look });
    case 'showLog':
    case 'ways':
      return button('Show Log', () => actions.send({ type: 'showLog' }), { look });
  }
}
