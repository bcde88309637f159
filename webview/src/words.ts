/**
 * The contract's codes in words and signs. Every state has both an icon and a word, so nothing is said by colour alone.
 */
import type {
  AlarmView,
  Decision,
  FailureKind,
  FinishReason,
  HealthState,
  NodeAccess,
  NodeView,
  ProviderKind,
  RejectionCode,
  StrategyView,
  TaskKind,
} from '@task-router/protocol';

/** How a sign is coloured; the styles map it to the theme. */
export type Tone = 'good' | 'bad' | 'warn' | 'info' | 'muted';

export interface Sign {
  /** A codicon's name. */
  readonly icon: string;
  readonly tone: Tone;
  readonly text: string;
}

export const healthSigns: Readonly<Record<HealthState, Sign>> = {
  unknown: { icon: 'question', tone: 'muted', text: 'Not tried yet' },
  healthy: { icon: 'pass', tone: 'good', text: 'Healthy' },
  degraded: { icon: 'warning', tone: 'warn', text: 'Degraded' },
  ejected: { icon: 'error', tone: 'bad', text: 'Taken out' },
  probing: { icon: 'sync', tone: 'info', text: 'Probing' },
  recovering: { icon: 'history', tone: 'info', text: 'Recovering' },
  draining: { icon: 'arrow-down', tone: 'warn', text: 'Draining' },
  disabled: { icon: 'circle-slash', tone: 'muted', text: 'Disabled' },
};

export const alarmSigns: Readonly<Record<AlarmView['kind'], Sign>> = {
  errors: { icon: 'error', tone: 'bad', text: 'More errors' },
  latency: { icon: 'watch', tone: 'warn', text: 'Slower' },
  quality: { icon: 'thumbsdown', tone: 'warn', text: 'Worse answers' },
  cost: { icon: 'credit-card', tone: 'warn', text: 'Price changed' },
  cacheShare: { icon: 'database', tone: 'warn', text: 'Fewer cache reads' },
  burn: { icon: 'flame', tone: 'bad', text: 'Tasks fail' },
};

export const alarmActionWords: Readonly<Record<AlarmView['action'], string>> = {
  reprobe: 'asked the node again',
  degrade: 'ranked lower for a while',
  resetPosterior: 'let go of older evidence',
  refreshPrices: 'asked for prices again',
  tell: 'shown here',
};

export const accessSigns: Readonly<Record<NodeAccess, Sign>> = {
  ready: { icon: 'pass', tone: 'good', text: 'Ready' },
  keyMissing: { icon: 'key', tone: 'warn', text: 'Key missing' },
  keyRejected: { icon: 'error', tone: 'bad', text: 'Key rejected' },
  consentNeeded: { icon: 'shield', tone: 'warn', text: 'Needs your consent' },
  unreachable: { icon: 'debug-disconnect', tone: 'bad', text: 'Unreachable' },
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

export const rejectionWords: Readonly<Record<RejectionCode, string>> = {
  'policy.denied': 'Denied by policy',
  'policy.notAllowed': 'Not in the allowed list',
  'policy.localOnly': 'Local models only',
  'policy.costCap': 'Over the cost limit',
  'policy.qualityFloor': 'Below the quality floor',
  'access.keyMissing': 'Key missing',
  'access.keyRejected': 'Key rejected',
  'access.consentNeeded': 'Needs your consent',
  'access.otherWindow': 'Belongs to another window',
  'capability.tools': 'No tool calls',
  'capability.vision': 'No vision',
  'capability.structuredOutput': 'No structured output',
  'capability.reasoning': 'No reasoning',
  'capability.contextWindow': 'Context window too small',
  'capability.outputTokens': 'Output too short',
  'health.unreachable': 'Unreachable',
  'health.ejected': 'Taken out after failures',
  'health.draining': 'Draining',
  'health.disabled': 'Disabled',
  'resources.noSlot': 'No free slot',
  'task.excluded': 'Excluded for this task',
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

export const skipWords: Readonly<Record<Decision['skippedContext'][number]['reason'], string>> = {
  ignored: 'ignored by git',
  hidden: 'hidden file',
  secret: 'may hold secrets',
  binary: 'not text',
  tooLarge: 'too large',
  outsideFolder: 'outside the folder',
  notFound: 'not found',
  limit: 'over the size limit',
};

const providerWords: Readonly<Record<ProviderKind, string>> = {
  openai: 'OpenAI',
  'openai-compatible': 'OpenAI-compatible',
  anthropic: 'Anthropic',
  google: 'Google',
  ollama: 'Ollama',
  editor: 'VS Code',
};

/** What a node speaks. A demo server speaks like a provider and is none. */
export function providerText({ provider, isDemo }: Pick<NodeView, 'provider' | 'isDemo'>): string {
  return isDemo ? `${providerWords[provider]} format` : providerWords[provider];
}

export const originWords: Readonly<Record<NodeView['origin'], string>> = {
  config: 'from config.jsonc',
  key: 'added by key',
  environment: 'found in the environment',
  discovered: 'found on this machine',
  editor: 'from this window',
  demo: 'demo fleet',
};

export const kindWords: Readonly<Record<TaskKind, string>> = {
  explain: 'Explain',
  fix: 'Fix',
  refactor: 'Refactor',
  test: 'Write tests',
  document: 'Document',
  generate: 'Generate',
  review: 'Review',
  commit: 'Commit message',
  chat: 'Chat',
};

/** What a finish reason means for the reader; null when the answer simply ended. */
export const finishWords: Readonly<Record<FinishReason, string | null>> = {
  stop: null,
  length: 'The model reached its output limit, so the answer is cut.',
  contentFilter: 'The provider’s content filter ended the answer.',
  toolCalls: 'The model asked for a tool, which this task does not offer.',
  other: null,
};

export const scoreParts = [
  { part: 'capability', word: 'Capability' },
  { part: 'performance', word: 'Performance' },
  { part: 'resources', word: 'Resources' },
  { part: 'history', word: 'History' },
] as const;
