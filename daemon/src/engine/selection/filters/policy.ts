/** Allow lists, deny lists and local only. Compiled once for all routes. */
import type { ResolvedPolicy } from '../../model/policy.ts';
import type { RouteFacts } from '../../model/route.ts';
import type { Rejection } from '../../model/selection.ts';
import { compileRoutePattern, foldRouteId, type RouteMatcher } from '../policy/index.ts';
import { keep } from './filter.ts';

type PolicyFilter = (route: Pick<RouteFacts, 'routeId' | 'isLocal'>) => readonly Rejection[];

export function policyFilter(policy: ResolvedPolicy): PolicyFilter {
  const deny = policy.deny.map((list) => ({ ...list, patterns: list.value.map(namedMatcher) }));
  const allow = policy.allow.map((list) => ({ ...list, patterns: list.value.map(namedMatcher) }));
  return ({ routeId, isLocal }) => {
    const folded = foldRouteId(routeId);
    const rejections: Rejection[] = [];
    for (const { patterns, setting } of deny) {
      const hit = patterns.find(({ matches }) => matches(folded));
      if (hit) rejections.push({ code: 'policy.denied', reason: `denied by "${hit.pattern}"`, setting });
    }
    for (const { patterns, setting } of allow) {
      if (patterns.some(({ matches }) => matches(folded))) continue;
      rejections.push({ code: 'policy.notAllowed', reason: 'not on the list of allowed routes', setting });
    }
    if (!isLocal) {
      for (const { setting } of policy.localOnly) {
        rejections.push({
          code: 'policy.localOnly',
          reason: 'runs elsewhere, and only models on this machine are allowed',
          setting,
        });
      }
    }
    return rejections.length === 0 ? keep : rejections;
  };
}

function namedMatcher(pattern: string): { pattern: string; matches: RouteMatcher } {
  return { pattern, matches: compileRoutePattern(pattern) };
}
