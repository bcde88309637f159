/** What to do when there is nothing to show: the three ways to a first model, or the way to a first task. */
import { html, type TemplateResult } from 'lit/html.js';
import type { PanelState } from '../state/panel-state.ts';
import type { PanelActions } from './context.ts';
import { button, icon } from './parts.ts';

/** The three ways to a first model; each is one click. */
export function waysOn(actions: PanelActions): TemplateResult {
  return html`<ul class="ways">
    <li>
      ${icon('key')}
      <div>
        <strong>Use a cloud account</strong>
        <p>OpenAI, Anthropic, Google and others. The key stays in VS Code’s secret storage.</p>
        ${button('Add Provider Key…', () => actions.send({ type: 'addKey' }), { look: 'primary' })}
      </div>
    </li>
    <li>
      ${icon('server')}
      <div>
        <strong>Point at a server</strong>
        <p>
          Ollama, LM Studio or llama.cpp on this machine are found by themselves; others go into config.jsonc.
        </p>
        ${button('Open config.jsonc', () => actions.send({ type: 'openConfig' }))}
      </div>
    </li>
    <li>
      ${icon('beaker')}
      <div>
        <strong>Look around first</strong>
        <p>Three scripted model servers on this machine, free of charge and always labelled “demo”.</p>
        ${button('Start Demo Fleet', () => actions.send({ type: 'startDemo' }))}
      </div>
    </li>
  </ul>`;
}

/** No picture yet. The banner says more where the daemon is the reason. */
export function noSnapshot({ connection }: PanelState): TemplateResult {
  const isDown = connection !== null && ['idle', 'failed', 'disconnected'].includes(connection.state);
  return html`<p class="loading" role="status">
    ${isDown ? 'Tasks, health and failovers appear here as soon as the daemon runs.' : 'Loading…'}
  </p>`;
}

export function noModels(actions: PanelActions, heading: string, text: string): TemplateResult {
  return html`<section class="empty" aria-labelledby="empty-heading">
    ${icon('type-hierarchy', 'empty-icon')}
    <h2 id="empty-heading">${heading}</h2>
    <p>${text}</p>
    ${waysOn(actions)}
  </section>`;
}

export function noTasks(actions: PanelActions): TemplateResult {
  return html`<section class="empty" aria-labelledby="empty-heading">
    ${icon('type-hierarchy', 'empty-icon')}
    <h2 id="empty-heading">No task yet</h2>
    <p>
      Select some code, or just open a file, and route a task. Before the first token you see here which model
      was chosen and why.
    </p>
    ${button('Route Task…', () => actions.send({ type: 'routeTask' }), { look: 'primary', icon: 'play' })}
  </section>`;
}
