/** What the shell is told. */
export const exitCodes = { answered: 0, failed: 1, usage: 2, noRoute: 3 } as const;
