/**
 * The contract's codes in words and signs. Every state has both an icon and a word, so nothing is said by colour alone.
 */
import type {
  AlarmView,
  FinishReason,
  HealthState,
  NodeAccess,
  NodeView,
  ProviderKind,
  RejectionCode,
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
  ejected: { icon: 'error', tone: 'bad', text: 'Failing, not used for now' },
  probing: { icon: 'sync', tone: 'info', text: 'Being tried again' },
  recovering: { icon: 'history', tone: 'info', text: 'Recovering' },
  draining: { icon: 'arrow-down', tone: 'warn', text: 'Drained' },
  disabled: { icon: 'circle-slash', tone: 'muted', text: 'Off' },
};

export const alarmSigns: Readonly<Record<AlarmView['kind'], Sign>> = {
  errors: { icon: 'error', tone: 'bad', text: 'More errors' },
  latency: { icon: 'watch', tone: 'warn', text: 'Slower' },
  quality: { icon: 'thumbsdown', tone: 'warn', text: 'Worse answers' },
  cost: { icon: 'credit-card', tone: 'warn', text: 'Price changed' },
  cacheShare: { icon: 'database', tone: 'warn', text: 'Fewer cache reads' },
  burn: { icon: 'flame', tone: 'bad', text: 'Tasks fail' },
};

export const accessSigns: Readonly<Record<NodeAccess, Sign>> = {
  ready: { icon: 'pass', tone: 'good', text: 'Ready' },
  keyMissing: { icon: 'key', tone: 'warn', text: 'Key missing' },
  keyRejected: { icon: 'error', tone: 'bad', text: 'Key rejected' },
  consentNeeded: { icon: 'shield', tone: 'warn', text: 'Needs your consent' },
  unreachable: { icon: 'debug-disconnect', tone: 'bad', text: 'Unreachable' },
};

export const rejectionWords: Readonly<Record<RejectionCode, string>> = {
  'policy.denied': 'Denied by policy',
  'policy.notAllowed': 'Not in the allowed list',
  'policy.localOnly': 'Local models only',
  'policy.costCap': 'Over the cost limit',
  'policy.qualityFloor': 'Expected to do it worse than you allow',
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
  'health.ejected': 'Failing, not used for now',
  'health.draining': 'Drained',
  'health.disabled': 'Off',
  'resources.noSlot': 'No free slot',
  'task.excluded': 'Excluded for this task',
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
