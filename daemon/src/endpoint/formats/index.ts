/** The formats in which another tool may ask. */
import type { Formats } from '../routes.ts';
import { anthropicMessages } from './anthropic-messages/index.ts';
import { openaiChat } from './openai-chat/index.ts';

export const formats: Formats = { openai: openaiChat, anthropic: anthropicMessages };
