/**
 * Flags for processes that tests start, where these start and end threads while they run from source: those by which
 * `vitest.config.mts` keeps a fault of V8 away, which ends a process without a word.
 */
export const nodeFlags: readonly string[] = process.execArgv.filter((flag) => flag.includes('wasm'));
