/** `task-router health`: what is there and how it does. */
import type { AlarmView, CacheStats, NodeView, ProxyView, ResultOf, RouteView } from '@task-router/protocol';
import {
  accessWords,
  alarmActionWords,
  daemonRequests,
  originWords,
  stateWords,
} from '@task-router/protocol';
import {
  fitTable,
  formatBytes,
  formatMemory,
  formatMoment,
  formatMs,
  formatTable,
  formatTokens,
  formatUsd,
  plural,
  wrapLines,
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
  else
    output.line(
      wrapLines(
        healthText(health, { temporary: session.ownsDaemon, configFile, columns: output.columns }),
        output.columns,
      ),
    );
  if (!json && health.nodes.length === 0) output.line(waysOn());
}

interface HealthTextOptions {
  /** The daemon is this command's own. */
  readonly temporary: boolean;
  readonly configFile: string;
  readonly columns: number;
}

function healthText(
  health: ResultOf<typeof daemonRequests.health>,
  { temporary, configFile, columns }: HealthTextOptions,
): string {
  const { daemon, cache, nodes, alarms, endpoint, proxy } = health;
  const life = temporary ? 'for this command only' : `pid ${daemon.pid}`;
  const history = daemon.store.mode === 'sqlite' ? plural(daemon.store.decisions, 'decision') : 'off';
  return [
    `Daemon ${daemon.version} (${life}), ${daemon.rssMb} MB, ${plural(daemon.clients, 'client')}, history: ${history}`,
    ...[daemon.store.reason, daemon.store.notice].flatMap((said) =>
      said === null ? [] : [`  ${plain(said)}`],
    ),
    `Configuration: ${configFile}`,
    ...(proxy === undefined ? [] : proxyLines(proxy)),
    cacheText('Route cache', cache),
    cacheText('Task cache', cache.features),
    ...(endpoint === undefined ? [] : [endpointText(endpoint)]),
    ...alarmLines(alarms),
    '',
    ...(nodes.length === 0 ? ['No model was found yet. Three ways on:'] : []),
    ...nodes.map((node) => nodeText(node, columns)),
  ].join('\n');
}

function proxyLines({ source, address, noProxy, problem }: ProxyView): string[] {
  if (address === null) return [`Proxy: none, because ${plain(source)} says so`];
  const direct = noProxy.length === 0 ? '' : `, directly: ${noProxy.map(plain).join(', ')}`;
  return [
    `Proxy: ${plain(address)} (${plain(source)})${direct}`,
    ...(problem === null ? [] : [`  ! ${plain(problem)}`]),
  ];
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
  return week ? `half within ${formatMs(week.p50Ms)}, 95 % within ${formatMs(week.p95Ms)}` : '';
}

const shownAlarms = 5;

/** What the monitor noticed lately, newest first. */
function alarmLines(alarms: readonly AlarmView[]): string[] {
  return alarms.slice(0, shownAlarms).map(({ routeId, evidence, atMs, statistic, threshold, action }) => {
    const where = routeId === '' ? 'All routes' : plain(routeId);
    const test = `evidence ${statistic.toFixed(2)}, told from ${threshold} on`;
    return `  ! ${formatMoment(atMs)} ${where}: ${plain(evidence)} (${test}; ${alarmActionWords[action]})`;
  });
}

function cacheText(name: string, cache: CacheStats): string {
  return (
    `${name}: ${cache.entries} of ${cache.capacity} (${formatBytes(cache.bytes)}), ${cache.hits} hits, ` +
    `${cache.misses} misses, ${cache.staleServed} stale, ${cache.evictions} evicted, ${cache.invalidations} invalidated`
  );
}

function nodeText(node: NodeView, columns: number): string {
  const where = node.baseUrl ?? 'inside the editor';
  const marks = [node.provider, node.isDemo ? 'demo' : originWords[node.origin]].join(', ');
  const head = `${plain(node.label)}  ${where}  (${marks})  ${accessWords[node.access]}`;
  const hint = node.accessHint === null ? [] : [`  ${plain(node.accessHint)}`];
  const server = node.server === undefined ? [] : [`  ${serverText(node, node.server)}`];
  const rows = node.routes.map((route) => [
    plain(route.modelId),
    stateWords[route.state],
    route.successRate === null ? 'no calls' : `${Math.round(route.successRate * 100)} % of ${route.calls}`,
    route.firstTokenMs === null ? '' : `first token ${formatMs(route.firstTokenMs)}`,
    lastWeekText(route),
    route.calls === 0 ? '' : `spent today ${formatUsd(route.spentUsd)}`,
    loadText(route),
  ]);
  const quota = (node.quota ?? []).map((each) => quotaLine(each, node.quotaGroup, Date.now()));
  const table = rows.length > 0 ? [fitTable(rows, columns, { indent: '    ' })] : [];
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
