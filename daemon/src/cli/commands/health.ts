/** `task-router health`: what is there and how it does. */
import type { NodeView, ResultOf, RouteView } from '@task-router/protocol';
import { daemonRequests } from '@task-router/protocol';
import { formatMemory, formatMs, formatTable, formatTokens, formatUsd, plural } from '../format.ts';
import type { Output } from '../output.ts';
import { plain } from '../output.ts';
import { quotaLine } from '../resource-lines.ts';
import { configProblemLines } from '../session.ts';
import type { Session } from '../session.ts';

export async function healthCommand(
  session: Session,
  { probe, json }: { readonly probe: boolean; readonly json: boolean },
  output: Output,
): Promise<void> {
  const health = await session.client.request(daemonRequests.health, { probe });
  for (const line of await configProblemLines(session)) output.problem(plain(line));
  if (json) output.json(health);
  else output.line(healthText(health, session.ownsDaemon));
}

function healthText(health: ResultOf<typeof daemonRequests.health>, temporary: boolean): string {
  const { daemon, cache, nodes } = health;
  const life = temporary ? 'for this command only' : `pid ${daemon.pid}`;
  const history = daemon.store.mode === 'sqlite' ? plural(daemon.store.decisions, 'decision') : 'off';
  return [
    `Daemon ${daemon.version} (${life}), ${daemon.rssMb} MB, ${plural(daemon.clients, 'client')}, history: ${history}`,
    ...(daemon.store.reason === null ? [] : [`  ${plain(daemon.store.reason)}`]),
    `Route cache: ${cache.entries} of ${cache.capacity}, ${cache.hits} hits, ${cache.misses} misses`,
    '',
    ...(nodes.length === 0
      ? ['No nodes. Start a local server, set a provider key, or edit config.jsonc.']
      : []),
    ...nodes.map(nodeText),
  ].join('\n');
}

function nodeText(node: NodeView): string {
  const where = node.baseUrl ?? 'inside the editor';
  const marks = [node.provider, node.origin, ...(node.isDemo ? ['demo'] : [])].join(', ');
  const head = `${plain(node.label)}  ${where}  (${marks})  ${node.access}`;
  const hint = node.accessHint === null ? [] : [`  ${plain(node.accessHint)}`];
  const server = node.server === undefined ? [] : [`  ${serverText(node, node.server)}`];
  const rows = node.routes.map((route) => [
    plain(route.modelId),
    route.state,
    route.successRate === null ? 'no calls' : `${Math.round(route.successRate * 100)} % of ${route.calls}`,
    route.firstTokenMs === null ? '' : `first token ${formatMs(route.firstTokenMs)}`,
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
