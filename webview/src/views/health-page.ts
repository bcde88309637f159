/** The Health section: each node with its access, and each of its routes with state, speed, load and spend. */
import { originWords } from '@task-router/protocol/words';
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { repeat } from 'lit/directives/repeat.js';
import type { ConfigProblem, NodeView } from '@task-router/protocol';
import {
  formatCost,
  formatCount,
  formatDuration,
  formatMoney,
  formatRate,
  formatShare,
  plural,
} from '../format.ts';
import { hasReadyModel, isFree, nodeTotals, shownNodes, type NodeTotals } from '../state/selectors.ts';
import { accessSigns, healthSigns, providerText } from '../words.ts';
import type { PanelActions, ViewContext } from './context.ts';
import { daemonSection, historyNotice } from './daemon-section.ts';
import { noModels, noSnapshot, waysOn } from './empty-state.ts';
import { learnedText, loadText, serverText } from './load.ts';
import { button, icon, placeBadges, sign } from './parts.ts';
import { quotaText } from './quota.ts';
import { spendBlock } from './spend-block.ts';

const columns = 7;
/** Routes of one node shown before "Show all": a server with fifty models must not hide the nodes below it. */
const fewRoutes = 8;

export function healthPage(context: ViewContext): TemplateResult {
  const { state, actions, nowMs } = context;
  const { snapshot } = state;
  if (snapshot === null) return noSnapshot(state);
  const nodes = shownNodes(snapshot.nodes);
  if (nodes.length === 0) {
    return html`<div class="page">
      ${problems(snapshot.configProblems, actions)}
      ${noModels(actions, 'No model found yet', 'Task Router looked for keys in the environment, local servers and the editor’s own models. Three ways on:')}
    </div>`;
  }
  return html`<div class="page">
    <header class="page-heading">
      <h2>Health</h2>
      <p class="hint" role="status">${overview(nodes)}</p>
      <div class="buttons">
        ${button('Probe Now', () => actions.send({ type: 'probe' }), { icon: 'refresh' })}
        ${button('Add Provider Key…', () => actions.send({ type: 'addKey' }), { icon: 'key' })}
        ${button('Open config.jsonc', () => actions.send({ type: 'openConfig' }), { icon: 'json' })}
      </div>
    </header>
    ${historyNotice(snapshot.daemon)} ${problems(snapshot.configProblems, actions)}
    ${hasReadyModel(nodes) ? nothing : waysOn(actions)} ${healthTable(nodes, context)}
    ${spendBlock(snapshot.spend, nowMs)} ${daemonSection(snapshot.daemon)}
  </div>`;
}

function overview(nodes: readonly NodeView[]): string {
  const ready = nodes.filter((node) => node.access === 'ready').length;
  const routes = nodes.flatMap((node) => node.routes);
  const healthy = routes.filter((route) => route.state === 'healthy').length;
  return `${formatCount(ready)} of ${plural(nodes.length, 'node')} ready, ${formatCount(healthy)} of ${plural(routes.length, 'route')} healthy`;
}

function problems(found: readonly ConfigProblem[], actions: PanelActions): TemplateResult | typeof nothing {
  if (found.length === 0) return nothing;
  return html`<section class="card warning-card" aria-labelledby="problems-heading">
    <h3 id="problems-heading">
      ${icon('warning', 'tone-warn')}<span>config.jsonc has ${plural(found.length, 'problem')}</span>
    </h3>
    <ul class="plain-list problems">
      ${found.map(
        ({ code, message, next, line }) =>
          html`<li>
            <span>${line === null ? '' : `Line ${line}: `}${message} ${next} <code>${code}</code></span>
          </li>`,
      )}
    </ul>
    <div class="buttons">${button('Open config.jsonc', () => actions.send({ type: 'openConfig' }))}</div>
  </section>`;
}

function healthTable(nodes: readonly NodeView[], context: ViewContext): TemplateResult {
  return html`<table role="table" class="health-table" aria-label="Nodes and routes">
    <thead role="rowgroup">
      <tr role="row">
        <th role="columnheader" scope="col">Node and route</th>
        <th role="columnheader" scope="col">State</th>
        <th role="columnheader" scope="col" class="number">Success</th>
        <th role="columnheader" scope="col" class="number">First token</th>
        <th role="columnheader" scope="col" class="number">Tokens/s</th>
        <th role="columnheader" scope="col" class="number">Running</th>
        <th role="columnheader" scope="col" class="number">Spent</th>
      </tr>
    </thead>
    ${repeat(
      nodes,
      ({ nodeId }) => nodeId,
      (node) =>
        html`<tbody role="rowgroup">
          ${nodeRow(node, context.actions, context.nowMs)} ${routeRows(node, context)}
        </tbody>`,
    )}
  </table>`;
}

/** Those that had calls first, where not all are shown. */
function routeRows({ nodeId, routes }: NodeView, { ui, actions }: ViewContext): unknown {
  if (routes.length === 0) {
    return html`<tr role="row" class="route-row">
      <td role="cell" class="hint no-routes" colspan=${columns}>No models listed yet</td>
    </tr>`;
  }
  if (routes.length <= fewRoutes) return repeat(routes, ({ routeId }) => routeId, routeRow);
  const showsAll = ui.allRoutesOf === nodeId;
  const shown = showsAll ? routes : routes.toSorted((a, b) => b.calls - a.calls).slice(0, fewRoutes);
  return html`${repeat(shown, ({ routeId }) => routeId, routeRow)}
    <tr role="row" class="route-row">
      <td role="cell" class="no-routes" colspan=${columns}>
        <button
          type="button"
          class="quiet show-all"
          aria-expanded=${showsAll ? 'true' : 'false'}
          @click=${() => actions.changeUi({ allRoutesOf: showsAll ? null : nodeId })}
        >
          ${icon(showsAll ? 'chevron-up' : 'chevron-down')}
          <span class="button-label"
            >${showsAll ? `Show ${fewRoutes} only` : `Show all ${plural(routes.length, 'route')}`}</span
          >
        </button>
      </td>
    </tr>`;
}

function nodeRow(node: NodeView, actions: PanelActions, nowMs: number): TemplateResult {
  const totals = nodeTotals(node);
  return html`<tr role="row" class="node-row">
    <th role="rowheader" scope="rowgroup" class="route-cell">
      <span class="route-name" title=${node.nodeId}>
        ${icon(node.isLocal ? 'server-environment' : 'cloud', 'tone-muted')}<span class="route-label"
          >${node.label}</span
        >
      </span>
      <span class="route-detail">
        ${placeBadges(node)}<span>${providerText(node)}, ${originWords[node.origin]}</span>
      </span>
      ${detail(serverText(node))}
      ${node.baseUrl === null ? nothing : html`<span class="path node-url" title=${node.baseUrl}>${node.baseUrl}</span>`}
    </th>
    <td role="cell" colspan="4" class="access-cell" data-label="Access">
      ${sign(accessSigns[node.access])}
      ${node.accessHint === null ? nothing : html`<span class="hint access-hint">${node.accessHint}</span>`}
      ${(node.quota ?? []).map((quota) => html`<span class="hint quota">${quotaText(quota, node.quotaGroup, nowMs)}</span>`)}
      ${accessButton(node, actions)}
    </td>
    <td role="cell" class="number" data-label="Running">
      ${node.routes.length === 0 ? '–' : formatCount(totals.inFlight)}${
        node.slots === null ? nothing : html`<span class="hint"> of ${formatCount(node.slots)}</span>`
      }
    </td>
    <td role="cell" class="number" data-label="Spent">
      ${node.routes.length === 0 ? '–' : spend(totals, node.isLocal)}
    </td>
  </tr>`;
}

/** The one click that helps a node that can't be used yet. */
function accessButton(node: NodeView, actions: PanelActions): TemplateResult | typeof nothing {
  switch (node.access) {
    case 'ready':
      return nothing;
    case 'keyMissing':
    case 'keyRejected':
      return button('Add Provider Key…', () => actions.send({ type: 'addKey' }));
    case 'consentNeeded':
      // The editor asks for consent only when its own user starts a task; an account is confirmed with its key.
      return node.provider === 'editor'
        ? button('Route Task…', () => actions.send({ type: 'routeTask' }))
        : button('Confirm Account…', () => actions.send({ type: 'confirmAccount', nodeId: node.nodeId }));
    case 'unreachable':
      return button('Probe Now', () => actions.send({ type: 'probe' }));
  }
}

function routeRow(route: NodeView['routes'][number]): TemplateResult {
  const totals = {
    spentUsd: route.spentUsd,
    isLowerBound: route.prices === null && route.calls > 0,
    isFree: isFree(route),
  };
  const learned = learnedText(route);
  return html`<tr role="row" class="route-row">
    <th role="rowheader" scope="row" class="route-cell">
      <span class="route-name" title=${route.routeId}><span class="route-label">${route.label}</span></span>
      ${
        route.contextWindow === null
          ? nothing
          : html`<span class="route-detail">${formatCount(route.contextWindow)} token context</span>`
      }
      ${detail(loadText(route))}
      ${
        learned === null
          ? nothing
          : html`<span class="route-detail is-noticed"
              >${icon('warning', 'tone-warn')}<span>${learned}</span></span
            >`
      }
    </th>
    <td role="cell" data-label="State">
      ${sign(healthSigns[route.state])}
      ${route.stateReason === null ? nothing : html`<span class="hint state-reason">${route.stateReason}</span>`}
    </td>
    <td role="cell" class="number" data-label="Success">
      ${route.successRate === null ? '–' : formatShare(route.successRate)}
      ${route.calls === 0 ? nothing : html`<span class="hint of-calls">of ${plural(route.calls, 'call')}</span>`}
    </td>
    <td role="cell" class="number" data-label="First token">
      ${route.firstTokenMs === null ? '–' : formatDuration(route.firstTokenMs)} ${totals95(route)}
    </td>
    <td role="cell" class="number" data-label="Tokens/s">
      ${route.tokensPerSecond === null ? '–' : formatRate(route.tokensPerSecond)}
    </td>
    <td role="cell" class="number" data-label="Running">${formatCount(route.inFlight)}</td>
    <td role="cell" class="number" data-label="Spent">${spend(totals, false)}</td>
  </tr>`;
}

/** The call that everybody waits for. */
function totals95({ monitor }: NodeView['routes'][number]): TemplateResult | typeof nothing {
  const week = monitor?.lastWeek;
  if (week == null) return nothing;
  const title = `Total time over the last week: half of ${plural(week.calls, 'call')} within ${formatDuration(week.p50Ms)}, 95 % within ${formatDuration(week.p95Ms)}`;
  return html`<span class="hint of-calls" title=${title}>95 % within ${formatDuration(week.p95Ms)}</span>`;
}

function detail(text: string | null): TemplateResult | typeof nothing {
  return text === null ? nothing : html`<span class="route-detail">${text}</span>`;
}

/** What was spent. A route of unknown price makes the sum a lower bound, and alone it makes it unknown. */
function spend(totals: Pick<NodeTotals, 'spentUsd' | 'isLowerBound' | 'isFree'>, isLocal: boolean): string {
  if (totals.isFree && totals.spentUsd === 0) return formatCost(0, isLocal);
  if (!totals.isLowerBound) return formatMoney(totals.spentUsd);
  return totals.spentUsd === 0 ? 'unknown' : `over ${formatMoney(totals.spentUsd)}`;
}
