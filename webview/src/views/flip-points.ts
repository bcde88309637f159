/**
 * "What would change this": the changes that would lead to another choice, as sentences, nearest first. Folded, because
 * the card is read for the choice; the folded line says what it hangs on.
 */
import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { FlipPoint } from '@task-router/protocol';
import { icon, toggling } from './parts.ts';

/** Factors named in the folded line, so that it stays a line. */
const namedFactors = 2;

const factorWords: Readonly<Record<FlipPoint['factor'], string>> = {
  price: 'price',
  firstToken: 'first token',
  speed: 'speed',
  quality: 'quality',
  promptTokens: 'prompt size',
  'weight.capability': 'weights',
  'weight.performance': 'weights',
  'weight.resources': 'weights',
  'weight.history': 'weights',
};

/** What the choice hangs on, nearest first: `quality, price and more`. */
export function flipLine(points: readonly FlipPoint[]): string {
  const words = [...new Set(points.map(({ factor }) => factorWords[factor]))];
  const named = words.slice(0, namedFactors).join(', ');
  return words.length > namedFactors ? `${named} and more` : named;
}

export function flipList(
  points: readonly FlipPoint[],
  isOpen: boolean,
  onToggle: () => void,
): TemplateResult | typeof nothing {
  if (points.length === 0) return nothing;
  return html`<details class="card-part folded flips" ?open=${isOpen}>
    <summary @click=${toggling(onToggle)}>
      ${icon('arrow-swap', 'tone-muted')}<span
        >What would change this: <span class="hint">${flipLine(points)}</span></span
      >
    </summary>
    <ul class="plain-list">
      ${points.map(({ sentence }) => html`<li>${icon('arrow-swap', 'tone-muted')}<span>${sentence}</span></li>`)}
    </ul>
  </details>`;
}
