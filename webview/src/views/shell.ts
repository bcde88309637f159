/** The frame of the panel: connection banner, the three sections as tabs, and the section that is open. */
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { isRunning } from '../state/selectors.ts';
import { tabs, type Tab } from '../state/ui-state.ts';
import type { ViewContext } from './context.ts';
import { failoverPage } from './failover-page.ts';
import { healthPage } from './health-page.ts';
import { button, icon } from './parts.ts';
import { taskPage } from './task-page.ts';

const tabWords: Readonly<Record<Tab, { text: string; icon: string }>> = {
  task: { text: 'Task', icon: 'type-hierarchy' },
  health: { text: 'Health', icon: 'pulse' },
  failover: { text: 'Failover', icon: 'arrow-swap' },
};

export function shell(context: ViewContext, answer: Element): TemplateResult {
  const { ui, actions } = context;
  return html`<header class="top">
      <h1 class="visually-hidden">Task Router</h1>
      <div
        class="tabs"
        role="tablist"
        aria-label="Sections"
        @keydown=${(event: KeyboardEvent) => moveTab(event, context)}
      >
        ${tabs.map((tab) => tabButton(tab, context))}
      </div>
      ${button('Route Task…', () => actions.send({ type: 'routeTask' }), { icon: 'play', look: 'quiet' })}
    </header>
    ${banner(context)}
    <main>
      <div id="section" role="tabpanel" aria-labelledby="tab-${ui.tab}">${section(context, answer)}</div>
    </main>`;
}

function section(context: ViewContext, answer: Element): TemplateResult {
  switch (context.ui.tab) {
    case 'task':
      return taskPage(context, answer);
    case 'health':
      return healthPage(context);
    case 'failover':
      return failoverPage(context);
  }
}

function tabButton(tab: Tab, { ui, state, actions }: ViewContext): TemplateResult {
  const isOpen = ui.tab === tab;
  const { snapshot } = state;
  const isBusy = tab === 'task' && snapshot?.tasks.some(isRunning) === true;
  const problems = tab === 'health' ? (snapshot?.configProblems.length ?? 0) : 0;
  return html`<button
    type="button"
    role="tab"
    id="tab-${tab}"
    aria-selected=${isOpen ? 'true' : 'false'}
    aria-controls="section"
    tabindex=${isOpen ? '0' : '-1'}
    @click=${() => actions.changeUi({ tab })}
  >
    ${isBusy ? icon('loading', 'codicon-modifier-spin') : icon(tabWords[tab].icon)}
    <span>${tabWords[tab].text}</span>
    ${problems === 0 ? nothing : html`${icon('warning', 'tone-warn')}<span class="visually-hidden">configuration problems</span>`}
  </button>`;
}

function moveTab(event: KeyboardEvent, { actions }: ViewContext): void {
  // From the tab that has the focus: a second key may come before the first one is drawn.
  const at = tabs.findIndex((tab) => document.activeElement?.id === `tab-${tab}`);
  const to = {
    ArrowRight: (at + 1) % tabs.length,
    ArrowLeft: (at - 1 + tabs.length) % tabs.length,
    Home: 0,
    End: tabs.length - 1,
  }[event.key];
  const tab = to === undefined ? undefined : tabs[to];
  if (tab === undefined) return;
  event.preventDefault();
  actions.changeUi({ tab });
  document.getElementById(`tab-${tab}`)?.focus();
}

function banner({ state, actions }: ViewContext): TemplateResult | typeof nothing {
  const { connection } = state;
  if (connection === null || connection.state === 'connected') return nothing;
  const isStarting = connection.state === 'starting';
  const isIdle = connection.state === 'idle';
  const text = {
    idle: 'The routing daemon is not running.',
    starting: 'Starting the routing daemon…',
    disconnected: 'The connection to the routing daemon is lost. What is shown may be out of date.',
    failed: 'The routing daemon could not be started.',
  }[connection.state];
  return html`<div class="banner ${isStarting || isIdle ? '' : 'is-problem'}" role="status">
    ${isStarting ? icon('loading', 'tone-info codicon-modifier-spin') : icon('debug-disconnect', isIdle ? 'tone-muted' : 'tone-bad')}
    <div class="banner-text">
      <p>${text}</p>
      ${connection.message === null ? nothing : html`<p class="hint">${connection.message}</p>`}
    </div>
    ${
      isStarting
        ? nothing
        : html`<div class="buttons">
            ${button(isIdle ? 'Start Daemon' : 'Restart Daemon', () => actions.send({ type: 'restartDaemon' }), { look: 'primary' })}
            ${button('Show Log', () => actions.send({ type: 'showLog' }))}
          </div>`
    }
  </div>`;
}
