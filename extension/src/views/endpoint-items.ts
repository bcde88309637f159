/** How the endpoint for other tools and its keys read in the health tree. Pure data. */
import type { EndpointKeyView, EndpointView } from '@task-router/protocol';
import { formatSpent, formatUsd, plural } from '../platform/format.ts';
import type { TreeItemData } from './health-items.ts';

export function endpointItem(endpoint: EndpointView): TreeItemData {
  const { address, problem, keys, requestsToday } = endpoint;
  const listening = `${address?.replace('http://', '') ?? 'starting'} · ${plural(keys.length, 'key')} · ${plural(requestsToday, 'request')} today`;
  const description = problem === null ? listening : problem.message;
  return {
    label: 'Endpoint',
    description,
    icon: problem === null ? { id: 'plug' } : { id: 'warning', color: 'list.warningForeground' },
    contextValue: problem === null ? 'endpoint.on' : 'endpoint.problem',
    details: [
      ['Address', address ?? 'none'],
      ...(problem === null
        ? []
        : ([
            ['Problem', problem.message],
            ['Next', problem.next],
          ] as const)),
      [
        'Switched on by',
        endpoint.enabledBy.map((by) => (by === 'config' ? 'config.jsonc' : 'your settings')).join(', '),
      ],
      ['For', 'other tools on this machine that hold a key'],
    ],
    spoken: `Endpoint for other tools, ${description}${problem === null ? '' : `, ${problem.next}`}`,
  };
}

export function endpointKeyItem(key: EndpointKeyView): TreeItemData {
  const { name, requestsToday, spentTodayUsd, dailyBudgetUsd, lastUsedAtMs, policy } = key;
  const limit = dailyBudgetUsd === null ? '' : ` of ${formatUsd(dailyBudgetUsd)}`;
  const used =
    lastUsedAtMs === null
      ? 'never used'
      : `${plural(requestsToday, 'request')} today · ${formatSpent(spentTodayUsd)}${limit}`;
  return {
    label: name,
    description: used,
    icon: { id: 'key' },
    contextValue: 'endpointKey',
    details: [
      ['Last used', lastUsedAtMs === null ? 'never' : new Date(lastUsedAtMs).toLocaleString()],
      ['Spent today', `${formatSpent(spentTodayUsd)}${limit}`],
      ['May use', policy === null ? 'what your policy allows' : JSON.stringify(policy)],
    ],
    spoken: `Key of ${name}, ${used}`,
  };
}
