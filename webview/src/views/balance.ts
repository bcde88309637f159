/** How load and prompt caches shaped a decision: busy nodes, and why a conversation stayed or moved. */
import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { Decision } from '@task-router/protocol';
import { formatDuration } from '../format.ts';
import { fact } from './parts.ts';

/** Nothing where every node is idle and no conversation is warm. */
export function balanceFacts({ balance }: Decision): TemplateResult | typeof nothing {
  if (balance === undefined) return nothing;
  const busy = balance.nodes.filter(({ inFlight, waitMs }) => inFlight > 0 || waitMs > 0);
  if (busy.length === 0 && balance.conversation === null) return nothing;
  return html`<dl class="facts">
    ${busy.map(({ node, inFlight, slots, waitMs }) => {
      const used = slots === null ? `${inFlight} running` : `${inFlight} of ${slots} slots`;
      return fact(`Load of ${node}`, waitMs > 0 ? `${used}, free in ${formatDuration(waitMs)}` : used);
    })}
    ${
      balance.conversation === null
        ? nothing
        : html`<div class="fact fact-wide">
            <dt>Conversation</dt>
            <dd>${balance.conversation.sentence}</dd>
          </div>`
    }
  </dl>`;
}
