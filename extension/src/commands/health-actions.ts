/**
 * What a developer does to a node or a route from the Health tree, its context menu or the palette: look at it now, take it
 * out of use, put it back, take back what was done. The daemon decides what is allowed; the last usable route is asked about.
 */
import { window } from 'vscode';
import { RouterError, daemonRequests, type HealthActionName, type HealthTarget } from '@task-router/protocol';
import { viewIds } from '../contributions.ts';
import { plural, withoutIcons } from '../platform/format.ts';
import type { Services } from '../services.ts';
import { targetChoices, targetOf } from '../views/health-targets.ts';

/** A model that has to be loaded first takes its time to answer a probe. */
const timeoutMs = 90_000;

/** The handler of one action's command. `argument`: an element of the tree; anything else asks which. */
export function healthAction(action: HealthActionName) {
  return async (services: Services, argument?: unknown): Promise<void> => {
    await services.connection.ensure(15_000);
    const target = targetOf(argument) ?? (await chooseTarget(services, action));
    if (target !== undefined) await act(services, action, target);
  };
}

async function act(services: Services, action: HealthActionName, target: HealthTarget): Promise<void> {
  const send = async (confirmed: boolean) =>
    window.withProgress({ location: { viewId: viewIds.health } }, () =>
      services.client.request(daemonRequests.setRouteState, { target, action, confirmed }, { timeoutMs }),
    );
  const result = await send(false).catch(async (error: unknown) => {
    if (!(error instanceof RouterError) || error.code !== 'health.lastRoute') throw error;
    return (await agreesToLast(error, action)) ? send(true) : null;
  });
  if (result === null) return;
  const moved = result.changes.length > 1 ? ` ${plural(result.changes.length, 'route')} changed.` : '';
  const message = withoutIcons(`${result.message}${moved}`);
  if (action !== 'drain' && action !== 'disable') services.notifier.info(message);
  else services.notifier.offer(message, { title: 'Undo', run: () => void undo(services, target) });
}

/** Nothing waits for it, so what goes wrong is shown here. */
async function undo(services: Services, target: HealthTarget): Promise<void> {
  await act(services, 'undo', target).catch((error: unknown) => services.notifier.error(error));
}

async function agreesToLast({ message }: RouterError, action: HealthActionName): Promise<boolean> {
  const goOn = action === 'drain' ? 'Drain Anyway' : 'Disable Anyway';
  const detail = 'Tasks that find no route end with an error until a route is enabled again.';
  return (await window.showWarningMessage(withoutIcons(message), { modal: true, detail }, goOn)) === goOn;
}

async function chooseTarget(
  { store, notifier }: Services,
  action: HealthActionName,
): Promise<HealthTarget | undefined> {
  const choices = targetChoices(store.snapshot?.nodes ?? [], action);
  if (choices.length === 0) {
    notifier.info(`There is no node or route to ${verbs[action]}.`);
    return undefined;
  }
  const items = choices.map(({ label, description, target }) => ({
    label: withoutIcons(label),
    description: withoutIcons(description),
    target,
  }));
  const chosen = await window.showQuickPick(items, {
    title: 'Task Router: Health',
    placeHolder: `Which node or route to ${verbs[action]}?`,
    matchOnDescription: true,
  });
  return chosen?.target;
}

const verbs: Readonly<Record<HealthActionName, string>> = {
  probe: 'probe now',
  drain: 'drain',
  disable: 'disable',
  enable: 'enable',
  undo: 'take back what is being done to',
};
