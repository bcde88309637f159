/** The commands about keys and accounts. */
import { ProgressLocation, window } from 'vscode';
import { RouterError, limits, type ErrorCode, type KeyCheck } from '@task-router/protocol';
import { plural, withoutIcons } from '../platform/format.ts';
import type { Services } from '../services.ts';
import {
  addKeyFlow,
  foundAccounts,
  keyChoices,
  keyProblem,
  type KeyChoice,
  type Verdict,
} from './key-flow.ts';
import { openConfig } from './open-config.ts';
import { requireTrust } from './require-trust.ts';

export async function addKey(services: Services, argument?: unknown): Promise<void> {
  requireTrust();
  const choice = await chooseNode(services, nodeIdOf(argument));
  if (choice === undefined) return;
  if (choice === 'pointAtServer') {
    await openConfig(services);
    return;
  }
  const { keys, notifier } = services;
  const checked = {
    ...keysOf(services, choice),
    keep: (nodeId: string, key: string) => keys.keep(nodeId, key),
  };
  const end = await addKeyFlow(choice.nodeId, checked, {
    askKey: () => askKey(choice.label),
    askVerdict: (check) => askVerdict(choice.label, check),
  });
  if (end.type === 'kept') notifier.info(readyMessage(choice.label, end.check));
}

export async function removeKey(services: Services, argument?: unknown): Promise<void> {
  const nodeId = nodeIdOf(argument) ?? (await chooseStored(services));
  if (nodeId === undefined) return;
  await services.keys.remove(nodeId);
  services.notifier.info(`The key of ${nodeId} was removed from this editor and from the daemon.`);
}

export async function confirmAccount(services: Services, argument?: unknown): Promise<void> {
  requireTrust();
  await connected(services);
  const found = foundAccounts(services.store.snapshot?.nodes ?? []);
  if (found.length === 0) {
    services.notifier.info('No account that was merely found is waiting for your confirmation.');
    return;
  }
  const asked = nodeIdOf(argument);
  const items = found.map(({ nodeId, label, accessHint }) => ({
    label: withoutIcons(label),
    description: withoutIcons(accessHint ?? ''),
    nodeId,
  }));
  const chosen =
    items.find(({ nodeId }) => nodeId === asked) ??
    (await window.showQuickPick(items, {
      title: 'Confirm Found Account',
      placeHolder: 'Which account may be used?',
    }));
  if (chosen === undefined) return;
  const use = 'Use This Account';
  const answer = await window.showWarningMessage(
    `Use the account "${chosen.label}" that was found in your environment?`,
    {
      modal: true,
      detail: 'Tasks and the code that goes with them are sent there, and calls may cost money.',
    },
    use,
  );
  if (answer !== use) return;
  const check = await services.keys.confirm(chosen.nodeId);
  if (check.status === 'rejected') {
    throw new RouterError(
      'provider.keyRejected',
      `${chosen.label} rejects the key that was found. ${check.message}`,
    );
  }
  services.notifier.info(readyMessage(chosen.label, check));
}

/** Tree items hand over their element; other callers a node's id. */
function nodeIdOf(argument: unknown): string | undefined {
  if (typeof argument === 'string') return argument;
  if (typeof argument !== 'object' || argument === null || !('node' in argument)) return undefined;
  const { node } = argument;
  if (typeof node !== 'object' || node === null || !('nodeId' in node)) return undefined;
  return typeof node.nodeId === 'string' ? node.nodeId : undefined;
}

/** Which nodes there are is known once the daemon has answered. */
async function connected({ connection }: Services): Promise<void> {
  await connection.ensure(15_000);
}

async function chooseNode(
  services: Services,
  asked: string | undefined,
): Promise<KeyChoice | 'pointAtServer' | undefined> {
  await connected(services);
  const choices = keyChoices(services.store.snapshot?.nodes ?? [], await services.keys.storedNodeIds());
  const known = choices.find(({ nodeId }) => nodeId === asked);
  if (known !== undefined) return known;
  if (asked !== undefined) return { nodeId: asked, label: asked, description: '' };
  const items = choices.map((choice) => ({
    label: withoutIcons(choice.label),
    description: choice.description,
    choice,
  }));
  const server = {
    label: '$(server) Point at a server…',
    description: 'opens config.jsonc',
    choice: 'pointAtServer' as const,
  };
  const chosen = await window.showQuickPick([...items, server], {
    title: 'Add Provider Key',
    placeHolder: 'Whose key?',
  });
  return chosen?.choice;
}

async function chooseStored({ keys, notifier }: Services): Promise<string | undefined> {
  const stored = await keys.storedNodeIds();
  if (stored.length === 0) {
    notifier.info('No key is stored in this editor.');
    return undefined;
  }
  return window.showQuickPick([...stored], { title: 'Remove Key', placeHolder: 'Whose key?' });
}

async function askKey(label: string): Promise<string | undefined> {
  const key = await window.showInputBox({
    title: `Key for ${label}`,
    prompt:
      'Kept in this editor’s secret storage and in the daemon’s memory, nowhere else. It is checked with the provider.',
    password: true,
    ignoreFocusOut: true,
    validateInput: (text) => keyProblem(text, limits.keyChars),
  });
  return key?.trim();
}

function keysOf({ keys }: Services, { label }: KeyChoice): Pick<Services['keys'], 'check' | 'discard'> {
  return {
    check: (nodeId, key) =>
      Promise.resolve(
        window.withProgress(
          { location: ProgressLocation.Notification, title: `Checking the key for ${label}…` },
          () => keys.check(nodeId, key),
        ),
      ),
    discard: (nodeId) => keys.discard(nodeId),
  };
}

async function askVerdict(label: string, check: KeyCheck): Promise<Verdict> {
  const again = 'Enter Again';
  const keep = 'Keep Anyway';
  const answer = await window.showWarningMessage(verdictText(label, check), again, keep);
  if (answer === again) return 'again';
  return answer === keep ? 'keep' : 'discard';
}

function verdictText(label: string, { status, message }: KeyCheck): string {
  const rejected: ErrorCode = 'provider.keyRejected';
  const unreachable: ErrorCode = 'provider.unreachable';
  return status === 'rejected'
    ? `${label} rejected this key. (${rejected})`
    : `${label} could not be asked about this key. ${message} (${unreachable})`;
}

function readyMessage(label: string, check: KeyCheck): string {
  switch (check.status) {
    case 'accepted':
      return check.models === null
        ? `${label} is ready.`
        : `${label} is ready with ${plural(check.models, 'model')}.`;
    case 'rejected':
      return `The key of ${label} is stored although it was rejected.`;
    case 'unreachable':
    case 'notChecked':
      return `The key of ${label} is in place, but it has not been checked. ${check.message}`;
  }
}
