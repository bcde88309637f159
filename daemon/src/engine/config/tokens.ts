/** Sizes that are assumed while nothing better is known. */

/** Tokens that may be sent where the context window is unknown: local servers often start with so little. */
export const assumedContextWindow = 8_192;

/** Characters per token before any usage was reported. */
export const charsPerToken = 3.6;
