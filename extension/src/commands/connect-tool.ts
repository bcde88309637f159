/** Connect Another Tool, and the end of its key: the endpoint is switched on, a key made, its settings shown and tried. */
import { ConfigurationTarget, ProgressLocation, env, window, workspace } from 'vscode';
import {
  RouterError,
  daemonRequests,
  isErrorCode,
  keyPlaceholder,
  keysOfTool,
  limitsToKeep,
  toolGuide,
  toolIds,
  toolNameSchema,
  toolNames,
  type EndpointKeyView,
  type EndpointView,
  type ToolId,
  type ToolKeyChoice,
} from '@task-router/protocol';
import { checkEndpoint, type EndpointCheckResult } from '@task-router/protocol/node';
import { endpointSettings } from '../contributions.ts';
import { formatSpent, plural, withoutIcons } from '../platform/format.ts';
import type { Services } from '../services.ts';
import { guidePage } from './guide-text.ts';
import { heldText, keyFates } from './key-fates.ts';
import { requireTrust } from './require-trust.ts';

const title = 'Connect Another Tool';

export async function connectTool(services: Services): Promise<void> {
  requireTrust();
  const tool = await chooseTool();
  if (tool === undefined) return;
  const keyName = tool === 'other' ? await askName() : toolNames[tool];
  if (keyName === undefined) return;
  const view = await switchedOn(services);
  if (view === undefined) return;
  const address = addressOf(view);
  const held = keysOfTool(view.keys, keyName);
  const choice = held.length === 0 ? 'another' : await chooseKeyFate(keyName, held);
  if (choice === undefined) return;
  if (choice === 'settings') {
    const page = guidePage(toolGuide(tool, address, keyPlaceholder), keyName);
    await services.guides.show(keyName, `settings of ${keyName}`, page);
    return;
  }
  const limits = choice === 'replace' ? limitsToKeep(held) : null;
  const { key, view: made } = await services.client.request(daemonRequests.createEndpointKey, {
    ...{ name: keyName, ...limits },
  });
  if (choice === 'replace')
    for (const { id } of held) await services.client.request(daemonRequests.revokeEndpointKey, { id });
  await services.guides.show(keyName, made.id, guidePage(toolGuide(tool, address, key), keyName));
  await checkAndTell(services, { address, key }, keyName);
}

/** What is to become of the key that the tool holds already; undefined: the developer left. The first changes nothing. */
async function chooseKeyFate(
  name: string,
  held: readonly EndpointKeyView[],
): Promise<ToolKeyChoice | undefined> {
  const items = keyFates(held);
  const chosen = await window.showQuickPick(items, {
    title: `${name} has ${held.length === 1 ? 'a key' : `${held.length} keys`} already`,
    placeHolder: heldText(held),
    ignoreFocusOut: true,
  });
  return chosen?.id;
}

export async function revokeToolKey(services: Services, argument?: unknown): Promise<void> {
  requireTrust();
  const { keys } = await services.client.request(daemonRequests.endpoint, {});
  const key = keys.find(({ id }) => id === keyIdOf(argument)) ?? (await chooseKey(services, keys));
  if (key === undefined) return;
  const answer = await window.showWarningMessage(
    `Revoke the key of ${withoutIcons(key.name)}?`,
    { modal: true, detail: 'It is refused from now on, and requests that run under it end.' },
    'Revoke',
  );
  if (answer !== 'Revoke') return;
  await services.client.request(daemonRequests.revokeEndpointKey, { id: key.id });
  services.notifier.info(`The key of ${key.name} is revoked: it is refused from now on.`);
}

async function chooseTool(): Promise<ToolId | undefined> {
  const items = toolIds.map((id) => ({ label: toolNames[id], id }));
  const chosen = await window.showQuickPick(items, {
    title,
    placeHolder: 'Which tool is to ask Task Router?',
  });
  return chosen?.id;
}

function askName(): Thenable<string | undefined> {
  return window.showInputBox({
    title,
    prompt: 'What the tool is called; its tasks and its key carry this name.',
    validateInput: (text) =>
      toolNameSchema.safeParse(text).success ? undefined : 'A name of 1 to 60 ordinary characters.',
  });
}

/** The endpoint, after the developer has agreed to switch it on where it is off; undefined: not agreed. */
async function switchedOn(services: Services): Promise<EndpointView | undefined> {
  const view = await services.client.request(daemonRequests.endpoint, {});
  if (view.enabled) return view;
  const ownPort: unknown = workspace.getConfiguration().inspect(endpointSettings.port)?.globalValue;
  const wish = { enabled: true, ...(typeof ownPort === 'number' && { port: ownPort }) };
  const switchOn = 'Switch On';
  const answer = await window.showInformationMessage(
    'Let other tools on this machine ask Task Router?',
    {
      modal: true,
      detail: `It then listens on 127.0.0.1:${wish.port ?? view.port}, for programs of this machine that hold a key of yours. Your policy, budgets and history hold for them as for you.`,
    },
    switchOn,
  );
  if (answer !== switchOn) return undefined;
  await workspace.getConfiguration().update(endpointSettings.enabled, true, ConfigurationTarget.Global);
  return services.client.request(daemonRequests.configureEndpoint, wish);
}

/** Throws a `RouterError` when it can't listen. */
function addressOf({ address, problem }: EndpointView): string {
  if (address !== null) return address;
  if (problem === null || !isErrorCode(problem.code))
    throw new RouterError('endpoint.off', 'The endpoint for other tools is off.');
  throw new RouterError(problem.code, problem.message, { next: problem.next });
}

async function checkAndTell(
  services: Services,
  target: { readonly address: string; readonly key: string },
  name: string,
): Promise<void> {
  const check = await withCancel(`Trying ${name}’s key…`, (signal) =>
    checkEndpoint({ ...target, signal }, null),
  );
  if (check === undefined) return;
  if (!check.ok) throw new RouterError('endpoint.refused', check.message);
  const copy = 'Copy Key';
  const ask = 'Ask a Model';
  const said = `${name} is let in: ${plural(check.models.length, 'model')} to choose from. The page shows what to enter there.`;
  const chosen = await window.showInformationMessage(said, copy, ask);
  if (chosen === copy) await env.clipboard.writeText(target.key);
  if (chosen === ask) await askModel(services, target, name);
}

async function askModel(
  services: Services,
  target: { readonly address: string; readonly key: string },
  name: string,
): Promise<void> {
  const check = await withCancel(`Asking a model as ${name} would…`, (signal) =>
    checkEndpoint({ ...target, signal }, 'auto'),
  );
  if (check === undefined) return;
  if (!check.ok) throw new RouterError('route.allFailed', check.message);
  services.notifier.info(
    `${check.answer?.route ?? 'A route'} answered: "${(check.answer?.text ?? '').slice(0, 80)}".`,
  );
}

/** undefined: the developer cancelled. */
async function withCancel(
  message: string,
  work: (signal: AbortSignal) => Promise<EndpointCheckResult>,
): Promise<EndpointCheckResult | undefined> {
  const options = { location: ProgressLocation.Notification, title: message, cancellable: true };
  return window.withProgress(options, async (_progress, token) => {
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort());
    try {
      return await work(abort.signal);
    } catch (error) {
      if (abort.signal.aborted) return undefined;
      throw error;
    }
  });
}

async function chooseKey(
  { notifier }: Services,
  keys: EndpointView['keys'],
): Promise<EndpointView['keys'][number] | undefined> {
  if (keys.length === 0) {
    notifier.info('No tool holds a key.');
    return undefined;
  }
  const items = keys.map((key) => ({
    label: withoutIcons(key.name),
    description: `${plural(key.requestsToday, 'request')} today, ${formatSpent(key.spentTodayUsd)}`,
    detail:
      key.lastUsedAtMs === null ? 'never used' : `last used ${new Date(key.lastUsedAtMs).toLocaleString()}`,
    key,
  }));
  const chosen = await window.showQuickPick(items, {
    title: 'Revoke Key of a Tool',
    placeHolder: 'Which key is to end?',
  });
  return chosen?.key;
}

/** Tree items hand over their element; other callers the id. */
function keyIdOf(argument: unknown): string | undefined {
  if (typeof argument === 'string') return argument;
  if (typeof argument !== 'object' || argument === null || !('key' in argument)) return undefined;
  const { key } = argument;
  return typeof key === 'object' && key !== null && 'id' in key && typeof key.id === 'string'
    ? key.id
    : undefined;
}
