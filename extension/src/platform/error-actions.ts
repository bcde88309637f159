/** Which commands help with which error, as buttons beside its message. Pure. */
import type { ErrorCode, RouterError } from '@task-router/protocol';
import { commandIds } from '../contributions.ts';

export interface ErrorAction {
  readonly title: string;
  readonly command: string;
}

const addKey: ErrorAction = { title: 'Add Key', command: commandIds.addKey };
const openConfig: ErrorAction = { title: 'Open Configuration', command: commandIds.openConfig };
const startDemo: ErrorAction = { title: 'Start Demo Fleet', command: commandIds.startDemo };
const showHealth: ErrorAction = { title: 'Show Health', command: commandIds.showHealth };
const showPanel: ErrorAction = { title: 'Show Details', command: commandIds.showPanel };
const showLog: ErrorAction = { title: 'Show Log', command: commandIds.showLog };
const reconnect: ErrorAction = { title: 'Reconnect', command: commandIds.reconnect };
const restart: ErrorAction = { title: 'Restart Daemon', command: commandIds.restartDaemon };
const retry: ErrorAction = { title: 'Retry', command: commandIds.retryOnAnother };
const trust: ErrorAction = { title: 'Manage Trust', command: 'workbench.trust.manage' };
const settings: ErrorAction = { title: 'Open Settings', command: 'workbench.action.openWorkspaceSettings' };

const revokeKey: ErrorAction = { title: 'Revoke a Key', command: commandIds.revokeToolKey };
const endpointSetting: ErrorAction = { title: 'Open Settings', command: 'workbench.action.openSettings' };

const byCode: Partial<Record<ErrorCode, readonly ErrorAction[]>> = {
  'internal.unexpected': [showLog],
  'task.untrusted': [trust],
  'route.none': [addKey, openConfig, startDemo],
  'route.allFailed': [showPanel, retry],
  'route.incomplete': [showPanel, retry],
  'route.interrupted': [retry, showLog],
  'provider.keyRejected': [addKey],
  'provider.unreachable': [showHealth],
  'provider.nodeUnknown': [openConfig],
  'config.unreadable': [openConfig],
  'config.malformed': [openConfig],
  'config.unknownKey': [openConfig],
  'config.invalidValue': [settings, openConfig],
  'config.tooLarge': [openConfig],
  'daemon.unreachable': [restart, showLog],
  'daemon.startFailed': [reconnect, showLog],
  'daemon.protocolVersion': [restart],
  'daemon.runtimeFolderUnsafe': [showLog],
  'daemon.nodeVersion': [showLog],
  'budget.exceeded': [openConfig, showHealth],
  'budget.priceUnknown': [openConfig],
  'resources.shortage': [showPanel, retry],
  'resources.waitedTooLong': [showPanel, retry],
  'endpoint.portTaken': [endpointSetting, openConfig],
  'endpoint.tooManyKeys': [revokeKey],
  'store.unavailable': [showLog],
};

export function errorActions(code: ErrorCode): readonly ErrorAction[] {
  return byCode[code] ?? [];
}

/** What happened, what to do next, and the stable code to search for. */
export function errorText(error: RouterError): string {
  return `${error.message} ${error.next} (${error.code})`;
}
