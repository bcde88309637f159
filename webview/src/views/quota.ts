/** What is left of a node's limits, in one line each. */
import type { QuotaView } from '@task-router/protocol';
import { formatCount, formatMoment } from '../format.ts';

const dimensionWords: Readonly<Record<QuotaView['dimension'], string>> = {
  requests: 'requests a minute',
  tokens: 'tokens a minute',
  inputTokens: 'input tokens a minute',
  outputTokens: 'output tokens a minute',
};

export function quotaText(quota: QuotaView, group: string | undefined, nowMs: number): string {
  const { dimension, limit, remaining, resetsAtMs, source } = quota;
  const left = remaining === null ? 'unknown' : formatCount(remaining);
  const of = limit === null ? '' : ` of ${formatCount(limit)}`;
  const reset =
    resetsAtMs === null || resetsAtMs <= nowMs
      ? ''
      : `, ${remaining === 0 ? 'free' : 'full'} again ${formatMoment(resetsAtMs, nowMs)}`;
  const where = group === undefined ? '' : `, shared by ${group}`;
  return `${left}${of} ${dimensionWords[dimension]} left${reset} (${source === 'config' ? 'config.jsonc' : 'learned from the server'}${where})`;
}
