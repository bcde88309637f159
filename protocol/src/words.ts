/**
 * The contract's codes as people read them, in one place for the trees, the panel and the command line. Codes are for
 * programs: `--json` and the wire have them, nobody else sees them. No zod here, so that the panel stays small.
 */
import type { Decision } from './data/decision.ts';
import type { AlarmView } from './data/monitoring.ts';
import type { FailureKind } from './data/outcome.ts';
import type { StrategyView } from './data/resources.ts';
import type { HealthState, NodeAccess, NodeView } from './data/route.ts';

type SkippedContext = Decision['skippedContext'][number]['reason'];
type NodeOrigin = NodeView['origin'];

export const stateWords: Readonly<Record<HealthState, string>> = {
  unknown: 'not tried yet',
  healthy: 'healthy',
  degraded: 'degraded',
  ejected: 'failing, not used for now',
  probing: 'being tried again',
  recovering: 'recovering',
  draining: 'drained',
  disabled: 'off',
};

export const accessWords: Readonly<Record<NodeAccess, string>> = {
  ready: 'ready',
  keyMissing: 'needs a key',
  keyRejected: 'key rejected',
  consentNeeded: 'found, not confirmed',
  unreachable: 'unreachable',
};

export const failureWords: Readonly<Record<FailureKind, string>> = {
  badRequest: 'request refused',
  auth: 'key rejected',
  billing: 'out of credit',
  modelNotFound: 'model not found',
  rateLimit: 'rate limit',
  overloaded: 'overloaded',
  server: 'server error',
  network: 'network failure',
  firstTokenTimeout: 'no first token in time',
  stall: 'answer stalled',
  deadline: 'out of time',
  truncated: 'answer cut off',
  empty: 'empty answer',
  contentPolicy: 'content policy',
  contextLength: 'context too long',
  consentNeeded: 'consent needed',
  windowClosed: 'window closed',
};

export const skipWords: Readonly<Record<SkippedContext, string>> = {
  ignored: 'ignored by git',
  hidden: 'hidden file',
  secret: 'may hold secrets',
  binary: 'not text',
  tooLarge: 'too large',
  outsideFolder: 'outside the folder',
  notFound: 'not found',
  limit: 'over the size limit',
};

export const originWords: Readonly<Record<NodeOrigin, string>> = {
  config: 'from config.jsonc',
  key: 'added by key',
  environment: 'found in the environment',
  discovered: 'found on this machine',
  editor: 'from this window',
  demo: 'demo fleet',
};

/** What the monitor did about a change that it noticed. */
export const alarmActionWords: Readonly<Record<AlarmView['action'], string>> = {
  reprobe: 'asked the node again',
  degrade: 'ranked lower for a while',
  resetPosterior: 'older grades count less',
  refreshPrices: 'asked for prices again',
  tell: 'shown here',
};

export const strategyWords: Readonly<Record<StrategyView['strategy'], string>> = {
  wait: 'Wait',
  lowerMaxTokens: 'Shorter answer',
  otherAccount: 'Other account',
  otherRoute: 'Other route',
  trimContext: 'Less context',
  holdBack: 'Hold back what is less urgent',
  downgrade: 'Weaker model',
  reject: 'Refuse',
};
