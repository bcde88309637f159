/** What the daemon tells of itself, below the nodes: whether history is written, and what the caches did. */
import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { CacheStats, DaemonView } from '@task-router/protocol';
import { formatBytes, formatCount, formatShare, plural } from '../format.ts';
import { icon } from './parts.ts';

/** Above everything else, where something is wrong with history: it must not be overlooked. */
export function historyNotice(daemon: DaemonView | undefined): TemplateResult | typeof nothing {
  const said = [daemon?.store.reason, daemon?.store.notice].filter((text) => text != null);
  if (said.length === 0) return nothing;
  return html`<section class="card warning-card" aria-labelledby="history-heading">
    <h3 id="history-heading">${icon('warning', 'tone-warn')}<span>History</span></h3>
    ${said.map((text) => html`<p>${text}</p>`)}
  </section>`;
}

export function daemonSection(daemon: DaemonView | undefined): TemplateResult | typeof nothing {
  if (daemon === undefined) return nothing;
  const { store, cache } = daemon;
  return html`<section aria-labelledby="daemon-heading">
    <h3 id="daemon-heading">History and caches</h3>
    <p class="hint">${plural(store.decisions, 'stored decision')}, ${formatBytes(store.bytes)}</p>
    <table role="table" class="cache-table" aria-label="Caches">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">Cache</th>
          ${['Entries', 'Size', 'Hits', 'Misses', 'Stale', 'Evicted', 'Invalidated'].map(
            (name) => html`<th role="columnheader" scope="col" class="number">${name}</th>`,
          )}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${cacheRow('Routes to choose from', cache)} ${cacheRow('What tasks ask for', cache.features)}
      </tbody>
    </table>
  </section>`;
}

function cacheRow(name: string, cache: CacheStats): TemplateResult {
  const asked = cache.hits + cache.misses;
  const figures: readonly (readonly [string, string])[] = [
    ['Entries', `${formatCount(cache.entries)} of ${formatCount(cache.capacity)}`],
    ['Size', formatBytes(cache.bytes)],
    ['Hits', asked === 0 ? '–' : `${formatCount(cache.hits)} (${formatShare(cache.hits / asked)})`],
    ['Misses', formatCount(cache.misses)],
    ['Stale', formatCount(cache.staleServed)],
    ['Evicted', formatCount(cache.evictions)],
    ['Invalidated', formatCount(cache.invalidations)],
  ];
  return html`<tr role="row">
    <th role="rowheader" scope="row">${name}</th>
    ${figures.map(([label, text]) => html`<td role="cell" class="number" data-label=${label}>${text}</td>`)}
  </tr>`;
}
