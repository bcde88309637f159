/**
 * The moves between health states, each a small function from a situation to the next state. The table in
 * `health-table.ts` says which one answers which event in which state.
 */
export * from './by-alarm.ts';
export * from './by-calls.ts';
export * from './by-hand.ts';
export * from './by-probes.ts';
export * from './by-time.ts';
export type { HealthConfig, Situation } from './situation.ts';
export { stay } from './steps.ts';
