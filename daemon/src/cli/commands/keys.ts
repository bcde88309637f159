/** `task-router keys`: which tools hold a key, making one, ending one. */
import { daemonRequests } from '@task-router/protocol';
import type { EndpointKeyView, EndpointView, Policy } from '@task-router/protocol';
import { fitTable, formatMoment, formatUsd, plural } from '../format.ts';
import type { Output } from '../output.ts';
import { plain } from '../output.ts';
import type { Session } from '../session.ts';

export type KeysCommand = { readonly json: boolean } & (
  | { readonly action: 'list' }
  | { readonly action: 'revoke'; readonly id: string }
  | {
      readonly action: 'create';
      readonly toolName: string;
      readonly dailyBudgetUsd: number | null;
      readonly localOnly: boolean;
      readonly allow: readonly string[];
    }
);

/** Rejects with `endpoint.keyNotFound` or `endpoint.tooManyKeys`. */
export async function keysCommand({ client }: Session, command: KeysCommand, output: Output): Promise<void> {
  switch (command.action) {
    case 'list': {
      const view = await client.request(daemonRequests.endpoint, {});
      if (command.json) output.json(view);
      else output.line(keysText(view, output.columns));
      return;
    }
    case 'create': {
      const { toolName: name, dailyBudgetUsd } = command;
      const policy = policyOf(command);
      const made = await client.request(daemonRequests.createEndpointKey, { name, policy, dailyBudgetUsd });
      if (command.json) output.json(made);
      else output.line(`${made.key}\nThe key of ${plain(name)} (${made.view.id}); it is not shown again.`);
      return;
    }
    case 'revoke': {
      const { revoked } = await client.request(daemonRequests.revokeEndpointKey, { id: command.id });
      if (command.json) output.json({ revoked });
      else output.line(`The key of ${plain(revoked.name)} is revoked: it is refused from now on.`);
    }
  }
}

function policyOf(wish: Extract<KeysCommand, { action: 'create' }>): Policy | null {
  const policy = {
    ...(wish.localOnly && { localOnly: true }),
    ...(wish.allow.length > 0 && { allow: [...wish.allow] }),
  };
  return Object.keys(policy).length === 0 ? null : policy;
}

function keysText(view: EndpointView, columns: number): string {
  return [
    endpointText(view),
    ...(view.keys.length === 0
      ? ['No tool holds a key; `task-router connect` makes one.']
      : [fitTable(view.keys.map(keyRow), columns)]),
  ].join('\n');
}

/** One line, and one more for a problem. */
export function endpointText({ enabled, address, problem, requestsToday, keys }: EndpointView): string {
  if (!enabled) return 'Endpoint for other tools: off';
  if (problem !== null) return `Endpoint for other tools: ${problem.message}\n  ${problem.next}`;
  const counts = `${plural(keys.length, 'key')}, ${plural(requestsToday, 'request')} today`;
  return `Endpoint for other tools: ${address ?? 'starting'} (${counts})`;
}

function keyRow(key: EndpointKeyView): string[] {
  const used = key.lastUsedAtMs === null ? 'never used' : `used ${formatMoment(key.lastUsedAtMs)}`;
  const limit = key.dailyBudgetUsd === null ? '' : ` of ${formatUsd(key.dailyBudgetUsd)}`;
  const spent = key.spentTodayUsd === 0 ? '$0.00' : formatUsd(key.spentTodayUsd);
  return [
    key.id,
    plain(key.name),
    used,
    `${plural(key.requestsToday, 'request')} today, ${spent}${limit}`,
    key.policy === null ? '' : plain(JSON.stringify(key.policy)),
  ];
}
