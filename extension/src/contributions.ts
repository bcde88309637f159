/**
 * Every id that the manifest and the code must agree on: commands, views, settings, context keys, storage keys and
 * document schemes. One typed place, so that a wrong id does not compile; contributions.test.ts compares it with
 * package.json both ways. Plain constants only, because activation loads this file.
 */

/** Commands of the palette, of menus and of views. */
export const commandIds = {
  routeTask: 'taskRouter.routeTask',
  routeFromFile: 'taskRouter.routeFromFile',
  retryOnAnother: 'taskRouter.retryOnAnother',
  cancelTask: 'taskRouter.cancelTask',
  explainLast: 'taskRouter.explainLast',
  gradeGood: 'taskRouter.gradeGood',
  gradeBad: 'taskRouter.gradeBad',
  showPanel: 'taskRouter.showPanel',
  showHealth: 'taskRouter.showHealth',
  probe: 'taskRouter.probe',
  probeNow: 'taskRouter.probeNow',
  drain: 'taskRouter.drain',
  disable: 'taskRouter.disable',
  enable: 'taskRouter.enable',
  undoHealth: 'taskRouter.undoHealth',
  openConfig: 'taskRouter.openConfig',
  addKey: 'taskRouter.addKey',
  removeKey: 'taskRouter.removeKey',
  confirmAccount: 'taskRouter.confirmAccount',
  connectTool: 'taskRouter.connectTool',
  revokeToolKey: 'taskRouter.revokeToolKey',
  startDemo: 'taskRouter.startDemo',
  stopDemo: 'taskRouter.stopDemo',
  restartDaemon: 'taskRouter.restartDaemon',
  stopDaemon: 'taskRouter.stopDaemon',
  exportHistory: 'taskRouter.exportHistory',
  clearHistory: 'taskRouter.clearHistory',
  reconnect: 'taskRouter.reconnect',
  showLog: 'taskRouter.showLog',
  copyDiagnostics: 'taskRouter.copyDiagnostics',
  // Hidden from the palette: they need the place they are called from.
  showActions: 'taskRouter.showActions',
  selectTask: 'taskRouter.selectTask',
  acceptProposal: 'taskRouter.acceptProposal',
  discardProposal: 'taskRouter.discardProposal',
  copyFromGuide: 'taskRouter.copyFromGuide',
} as const;
export type CommandName = keyof typeof commandIds;

export const internalCommands = [
  'showActions',
  'selectTask',
  'acceptProposal',
  'discardProposal',
  'copyFromGuide',
] as const;

export const viewIds = { health: 'taskRouter.health', tasks: 'taskRouter.tasks' } as const;
export const viewContainerId = 'taskRouter';
export const panelType = 'taskRouter.panel';
export const statusItemId = 'taskRouter.status';
export const walkthroughId = 'taskRouter.start';

/** Settings below `taskRouter.policy`, one for each field of a policy. */
export const policySection = 'taskRouter.policy';
export const policyKeys = [
  'objective',
  'weights',
  'allow',
  'deny',
  'localOnly',
  'maxCostPerTaskUsd',
  'minQuality',
  'maxCostPerDayUsd',
  'explore',
] as const;
export type PolicyKey = (typeof policyKeys)[number];
export const idleTimeoutSetting = 'taskRouter.daemon.idleTimeoutMinutes';
/** Of the endpoint for other tools; the user's own values only. */
export const endpointSettings = {
  enabled: 'taskRouter.endpoint.enabled',
  port: 'taskRouter.endpoint.port',
} as const;

/** Conditions for `when` clauses; their meanings stand in views/context-keys.ts. */
export const contextKeys = {
  connection: 'taskRouter.connection',
  hasNodes: 'taskRouter.hasNodes',
  hasModel: 'taskRouter.hasModel',
  hasKey: 'taskRouter.hasKey',
  hasTask: 'taskRouter.hasTask',
  hasAnswer: 'taskRouter.hasAnswer',
  running: 'taskRouter.running',
  demoRunning: 'taskRouter.demoRunning',
} as const;

/** Keys of SecretStorage and of the workspace's memory. */
export const secretPrefix = 'taskRouter.key.';
export const memoryKeys = { clientId: 'taskRouter.clientId', tasks: 'taskRouter.tasks' } as const;

/** Read-only documents that the extension provides. */
export const schemes = {
  proposal: 'task-router-proposal',
  explanation: 'task-router-explanation',
  guide: 'task-router-guide',
} as const;

/** Our own vendor name among the editor's chat models: never a candidate, or routers would call each other. */
export const ownModelVendors: readonly string[] = ['task-router'];
