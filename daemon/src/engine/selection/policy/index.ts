/** Policy: what the layers allow, deny and prefer, with the setting behind each. */
export { compileRoutePattern, foldRouteId, type RouteMatcher } from './route-pattern.ts';
export { resolvePolicy, restrictionTexts, settingTexts } from './resolve-policy.ts';
