/** Abilities the task needs. An unknown ability satisfies no need. */
import type { RouteFacts } from '../../model/route.ts';
import type { Rejection } from '../../model/selection.ts';
import type { Needs } from '../../model/task.ts';
import { keep } from './filter.ts';

const needs = ['tools', 'vision', 'structuredOutput', 'reasoning'] as const;
const words: Readonly<Record<keyof Needs, string>> = {
  tools: 'tool calls',
  vision: 'image input',
  structuredOutput: 'structured output',
  reasoning: 'reasoning',
};

export function capabilityFilter(
  { capabilities }: Pick<RouteFacts, 'capabilities'>,
  needed: Needs,
): readonly Rejection[] {
  const missing = needs.filter((need) => needed[need] && capabilities[need] !== true);
  if (missing.length === 0) return keep;
  return missing.map((need) => ({
    code: `capability.${need}`,
    reason:
      capabilities[need] === null
        ? `needs ${words[need]}, and whether this model offers it is unknown`
        : `needs ${words[need]}, which this model does not offer`,
    setting: null,
  }));
}
