/**
 * The engine as the routing scripts use it, in one place. Everything here is what the daemon routes by: the scripts fit
 * and measure, they do not have a router of their own.
 */
export { createRandom } from '../../daemon/src/engine/math/random.ts';
export { scoreHeads, type LinearHeads, type SparseVector } from '../../daemon/src/engine/math/sparse.ts';
export * from '../../daemon/src/engine/quality/index.ts';
export * from '../../daemon/src/engine/understanding/index.ts';
