/** Every `router/*` method of the wire, by its role. Handler tables and docs/protocol.md are derived from this. */
import { planBatchRequest } from './batch.ts';
import { drillRequest } from './drill.ts';
import { lmInventoryRequest, lmRequest } from './editor-models.ts';
import { setRouteStateRequest } from './health-actions.ts';
import { clearHistoryRequest, historyPageRequest, historyRequest, replayRequest } from './history.ts';
import {
  configureEndpointRequest,
  createEndpointKeyRequest,
  endpointRequest,
  revokeEndpointKeyRequest,
} from './endpoint.ts';
import { setKeyRequest, setProxyRequest } from './provider.ts';
import { answerRequest, decisionsRequest, explainRequest, feedbackRequest, routeRequest } from './route.ts';
import { eventNotification, healthRequest, snapshotRequest, spendRequest } from './session.ts';

/** Requests the daemon answers. */
export const daemonRequests = {
  route: routeRequest,
  planBatch: planBatchRequest,
  answer: answerRequest,
  health: healthRequest,
  spend: spendRequest,
  decisions: decisionsRequest,
  explain: explainRequest,
  feedback: feedbackRequest,
  setKey: setKeyRequest,
  setProxy: setProxyRequest,
  setRouteState: setRouteStateRequest,
  history: historyRequest,
  historyPage: historyPageRequest,
  clearHistory: clearHistoryRequest,
  replay: replayRequest,
  drill: drillRequest,
  endpoint: endpointRequest,
  configureEndpoint: configureEndpointRequest,
  createEndpointKey: createEndpointKeyRequest,
  revokeEndpointKey: revokeEndpointKeyRequest,
  snapshot: snapshotRequest,
} as const;

/** Requests an editor window answers. */
export const editorRequests = { lmInventory: lmInventoryRequest, lmRequest } as const;

export const daemonNotifications = { event: eventNotification } as const;

export * from './batch.ts';
export * from './drill.ts';
export * from './editor-models.ts';
export * from './endpoint.ts';
export * from './health-actions.ts';
export * from './history.ts';
export * from './provider.ts';
export * from './route.ts';
export * from './session.ts';
