/** The engine's public face: the only file of this folder that others import. */
export type * from './deps.ts';
export type * from './model.ts';
