/** What happened on the way to the answer: which route failed, why, which one took over, and what became of the text. */
import { failureWords } from '@task-router/protocol/words';
import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { TaskView, Transition } from '@task-router/protocol';
import { formatMoment } from '../format.ts';
import { routeLabel } from '../state/selectors.ts';

import { icon } from './parts.ts';

export function timeline(task: TaskView, nowMs: number): TemplateResult | typeof nothing {
  const first = task.transitions[0];
  if (first === undefined) return nothing;
  return html`<section class="timeline" aria-labelledby="timeline-heading">
    <h3 id="timeline-heading">Failover</h3>
    <ol>
      ${task.transitions.map((transition) => step(task, transition, nowMs))}
    </ol>
  </section>`;
}

function step(task: TaskView, transition: Transition, nowMs: number): TemplateResult {
  const from = routeLabel(task, transition.from);
  const to = routeLabel(task, transition.to);
  return html`<li>
    ${icon('arrow-swap', 'tone-warn step-icon')}
    <div class="step-text">
      <p>
        <strong title=${transition.from}>${from}</strong> failed: ${failureWords[transition.cause]}
        ${icon('arrow-right', 'tone-muted')}<span class="visually-hidden">; then </span>
        <strong title=${transition.to}>${to}</strong>
      </p>
      <p class="hint">
        <time>${formatMoment(transition.atMs, nowMs)}</time> · ${modeSentence(task, transition)}
      </p>
      ${transition.message === '' ? nothing : html`<p class="step-message">${transition.message}</p>`}
    </div>
  </li>`;
}

/** Where the answer goes on from text that was shown, its last words before the seam show the place. */
function modeSentence(task: TaskView, { mode, to, textOffset = 0 }: Transition): string {
  const route = routeLabel(task, to);
  if (mode === 'restart') return `restarted: the text so far was dropped, ${route} answers from the start`;
  if (textOffset === 0) return 'continued: nothing had been written yet, so nothing was lost';
  const before = task.text.slice(0, textOffset).trimEnd();
  const words = before.slice(-seamChars).replace(/\s+/g, ' ').trim();
  return `continued: ${route} goes on behind “…${words}”`;
}

const seamChars = 40;
