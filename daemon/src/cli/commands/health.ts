/** `task-router health`: what is there and how it does. */
import type { AlarmView, CacheStats, NodeView, ResultOf, RouteView } from '@task-router/protocol';
import { daemonRequests } from '@task-router/protocol';
import {
  formatBytes,
  formatMemory,
  formatMoment,
  formatMs,
  formatTable,
  formatTokens,
  formatUsd,
  plural,
} from '../format.ts';
import type { Output } from '../output.ts';
import { plain } from '../output.ts';
import { quotaLine } from '../resource-lines.ts';
import { configProblemLines } from '../session.ts';
import type { Session } from '../session.ts';
import { endpointText } from './keys.ts';

export async function healthCommand(
  session: Session,
  {
    probe,
    json,
    configFile,
  }: { readonly probe: boolean; readonly json: boolean; readonly configFile: string },
  output: Output,
): Promise<void> {
  const health = await session.client.request(daemonRequests.health, { probe });
  for (const line of await configProblemLines(session)) output.problem(plain(line));
  if (json) output.json(health);
  else output.line(healthText(health, session.ownsDaemon, configFile));
  if (!json && health.nodes.length === 0) output.line(waysOn());
}

function healthText(
  health: ResultOf<typeof daemonRequests.health>,
  temporary: boolean,
  configFile: string,
): string {
  const { daemon, cache, nodes, alarms, endpoint } = health;
  const life = temporary ? 'for this command only' : `pid ${daemon.pid}`;
  const history = daemon.store.mode === 'sqlite' ? plural(daemon.store.decisions, 'decision') : 'off';
  return [
    `Daemon ${daemon.version} (${life}), ${daemon.rssMb} MB, ${plural(daemon.clients, 'client')}, history: ${history}`,
    ...[daemon.store.reason, daemon.store.notice].flatMap((said) =>
      said === null ? [] : [`  ${plain(said)}`],
    ),
    `Configuration: ${configFile}`,
    cacheText('Route cache', cache),
    cacheText('Feature cache', cache.features),
    ...(endpoint === undefined ? [] : [endpointText(endpoint)]),
    ...alarmLines(alarms),
    '',
    ...(nodes.length === 0 ? ['No model was found yet. Three ways on:'] : []),
    ...nodes.map(nodeText),
  ].join('\n');
}

function waysOn(): string {
  return formatTable([
    ['a local server', 'start Ollama, LM Studio or llama.cpp on its usual port'],
    [
      'an account',
      `export ANTHROPIC_API_KEY=… (or OPENAI_API_KEY, GEMINI_API_KEY), or name it in the configuration`,
    ],
    ['a look around', '`task-router demo` runs scripted servers on this machine'],
  ]);
}

function lastWeekText({ monitor }: NodeView['routes'][number]): string {
  const week = monitor?.lastWeek;
  return week ? `total p50 ${formatMs(week.p50Ms)}, p95 ${formatMs(week.p95Ms)}` : '';
}

const shownAlarms = 5;

/** What the monitor noticed lately, newest first. */
function alarmLines(alarms: readonly AlarmView[]): string[] {
  return alarms
    .slice(0, shownAlarms)
    .map(({ routeId, evidence, atMs, kind, statistic, threshold, action }) => {
      const where = routeId === '' ? 'All routes' : plain(routeId);
      const test = `${kind} ${statistic.toFixed(2)} over ${threshold}`;
      return `  ! ${formatMoment(atMs)} ${where}: ${plain(evidence)} (${test}; ${action})`;
    });
}

function cacheText(name: string, cache: CacheStats): string {
  return (
    `${name}: ${cache.entries} of ${cache.capacity} (${formatBytes(cache.bytes)}), ${cache.hits} hits, ` +
    `${cache.misses} misses, ${cache.staleServed} stale, ${cache.evictions} evicted, ${cache.invalidations} invalidated`
  );
}

function nodeText(node: NodeView): string {
  const where = node.baseUrl ?? 'inside the editor';
  const marks = [node.provider, node.isDemo ? 'demo' : node.origin].join(', ');
  const head = `${plain(node.label)}  ${where}  (${marks})  ${node.access}`;
  const hint = node.accessHint === null ? [] : [`  ${plain(node.accessHint)}`];
  const server = node.server === undefined ? [] : [`  ${serverText(node, node.server)}`];
  const rows = node.routes.map((route) => [
    plain(route.modelId),
    route.state,
    route.successRate === null ? 'no calls' : `${Math.round(route.successRate * 100)} % of ${route.calls}`,
    route.firstTokenMs === null ? '' : `first token ${formatMs(route.firstTokenMs)}`,
    lastWeekText(route),
    route.calls === 0 ? '' : `spent today ${formatUsd(route.spentUsd)}`,
    loadText(route),
  ]);
  const quota = (node.quota ?? []).map((each) => quotaLine(each, node.quotaGroup, Date.now()));
  const table = rows.length > 0 ? [formatTable(rows, '    ')] : [];
  return [head, ...hint, ...server, ...quota, ...table].join('\n');
}

function serverText({ slots }: NodeView, server: NonNullable<NodeView['server']>): string {
  const memory = server.loadedBytes === null ? '' : ` in ${formatMemory(server.loadedBytes)}`;
  return [
    `${plural(server.loadedModels, 'model')} loaded${memory}`,
    ...(server.busySlots === null ? [] : [`${server.busySlots} of ${slots ?? '?'} slots busy`]),
  ].join(', ');
}

function loadText({ load, learnedWindow }: RouteView): string {
  return [
    ...(load === undefined ? [] : [load.state === 'loaded' ? loadedText(load) : coldText(load)]),
    ...(learnedWindow === undefined
      ? []
      : [`seen to read ${formatTokens(learnedWindow.tokens)} tokens at most`]),
  ].join(', ');
}

function loadedText({ windowTokens, bytes, unloadsAtMs }: NonNullable<RouteView['load']>): string {
  const until = unloadsAtMs === null ? '' : ` until ${new Date(unloadsAtMs).toLocaleTimeString('en-GB')}`;
  return [
    `loaded${until}`,
    ...(windowTokens === null ? [] : [`context ${formatTokens(windowTokens)}`]),
    ...(bytes === null ? [] : [formatMemory(bytes)]),
  ].join(', ');
}

function coldText({ bytes, coldStartMs }: NonNullable<RouteView['load']>): string {
  const size = bytes === null ? '' : ` (${formatMemory(bytes)})`;
  return `not loaded${size}, a load takes about ${formatMs(coldStartMs)}`;
}
