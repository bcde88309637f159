/**
 * Adding a key: typed, checked live with its provider, and stored only when the provider accepts it or the developer
 * insists. A key that is not kept leaves the daemon's memory again. Pure of the editor: the questions come in as ports.
 */
import type { KeyCheck, NodeView, ProviderKind } from '@task-router/protocol';
import type { Keys } from '../settings/keys.ts';

export type Verdict = 'keep' | 'again' | 'discard';

export interface KeyQuestions {
  /** undefined: the developer gave up. */
  askKey(): Promise<string | undefined>;
  /** What to do with a key that the provider did not accept. */
  askVerdict(check: KeyCheck): Promise<Verdict>;
}

export type KeyFlowEnd = { readonly type: 'kept'; readonly check: KeyCheck } | { readonly type: 'dropped' };

export async function addKeyFlow(
  nodeId: string,
  keys: Pick<Keys, 'check' | 'keep' | 'discard'>,
  questions: KeyQuestions,
): Promise<KeyFlowEnd> {
  while (true) {
    const key = await questions.askKey();
    if (key === undefined) return { type: 'dropped' };
    const check = await keys.check(nodeId, key);
    const verdict = check.status === 'accepted' ? 'keep' : await questions.askVerdict(check);
    if (verdict === 'keep') {
      await keys.keep(nodeId, key);
      return { type: 'kept', check };
    }
    await keys.discard(nodeId);
    if (verdict === 'discard') return { type: 'dropped' };
  }
}

/** Why a typed text can't be a key; undefined when it can. */
export function keyProblem(text: string, maxChars: number): string | undefined {
  const key = text.trim();
  if (key === '') return 'The key is empty.';
  if (key.length > maxChars) return `A key has ${maxChars} characters at most.`;
  // Header values: anything else would be refused on the way, or worse, split the header.
  return /^[\x21-\x7e]+$/.test(key) ? undefined : 'A key has no blanks or special characters.';
}

export interface KeyChoice {
  readonly nodeId: string;
  readonly label: string;
  readonly description: string;
}

const clouds: readonly (readonly [ProviderKind, string])[] = [
  ['openai', 'OpenAI'],
  ['anthropic', 'Anthropic'],
  ['google', 'Google'],
];

/** The clouds with a standard address, then every other node that takes a key. */
export function keyChoices(nodes: readonly NodeView[], storedNodeIds: readonly string[]): KeyChoice[] {
  const takesKey = nodes.filter(
    (node) => !node.isDemo && node.provider !== 'editor' && node.provider !== 'ollama',
  );
  const standard = clouds.map(([nodeId, label]) => ({ nodeId, label, node: nodeOf(takesKey, nodeId) }));
  const others = takesKey
    .filter(({ nodeId }) => clouds.every(([cloud]) => cloud !== nodeId))
    .map((node) => ({ nodeId: node.nodeId, label: node.label, node }));
  return [...standard, ...others].map(({ nodeId, label, node }) => ({
    nodeId,
    label,
    description: keyState(node, storedNodeIds.includes(nodeId)),
  }));
}

function nodeOf(nodes: readonly NodeView[], nodeId: string): NodeView | undefined {
  return nodes.find((node) => node.nodeId === nodeId);
}

function keyState(node: NodeView | undefined, isStored: boolean): string {
  if (node?.access === 'keyRejected') return 'the present key is rejected';
  if (isStored) return 'has a key of yours';
  if (node?.keySource === 'environment') return 'has a key from the environment';
  return node === undefined || node.access === 'keyMissing' ? 'no key yet' : 'works without a key of yours';
}

/** Accounts that were merely found; the editor's own models ask for consent themselves. */
export function foundAccounts(nodes: readonly NodeView[]): NodeView[] {
  return nodes.filter((node) => node.access === 'consentNeeded' && node.provider !== 'editor');
}
