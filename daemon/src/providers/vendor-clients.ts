/**
 * The vendors' client libraries, loaded at the first call that needs one: most daemons never speak to most vendors, and what
 * tools send passes through without any of them. In what ships they are a file of their own, so that the daemon does not keep
 * their source in memory before.
 */
export { createAnthropic } from '@ai-sdk/anthropic';
export { createGoogle } from '@ai-sdk/google';
export { createOpenAI } from '@ai-sdk/openai';
export { createOpenAICompatible } from '@ai-sdk/openai-compatible';
