/**
 * Where processes that tests start keep what they have compiled. Each start reads hundreds of source files; this halves
 * its time. Node keys it by content and by its own version, so it never grows stale.
 */
export const compiledCache = new URL('../../node_modules/.cache/task-router-compiled', import.meta.url)
  .pathname;
