/** "What would change this": the nearest changes that would lead to another choice, as sentences; the rest on request. */
import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { FlipPoint } from '@task-router/protocol';
import { plural } from '../format.ts';
import { icon } from './parts.ts';

/** Shown before "Show all". */
const fewPoints = 3;

export interface FlipListOptions {
  readonly showsAll: boolean;
  onShowAll(showsAll: boolean): void;
}

export function flipList(
  points: readonly FlipPoint[],
  options: FlipListOptions,
): TemplateResult | typeof nothing {
  if (points.length === 0) return nothing;
  const { showsAll } = options;
  const shown = showsAll ? points : points.slice(0, fewPoints);
  return html`<div class="card-part">
    <h4>What would change this</h4>
    <ul class="plain-list">
      ${shown.map(({ sentence }) => html`<li>${icon('arrow-swap', 'tone-muted')}<span>${sentence}</span></li>`)}
    </ul>
    ${
      points.length > fewPoints
        ? html`<button
            type="button"
            class="quiet show-all"
            aria-expanded=${showsAll ? 'true' : 'false'}
            @click=${() => options.onShowAll(!showsAll)}
          >
            ${icon(showsAll ? 'chevron-up' : 'chevron-down')}
            <span class="button-label"
              >${showsAll ? `Show the nearest ${fewPoints} only` : `Show all ${plural(points.length, 'change')}`}</span
            >
          </button>`
        : nothing
    }
  </div>`;
}
