/**
 * Clouds that need nothing but a key: their addresses, and the environment variables in which developers keep their
 * keys. A key never brings its own address, so a key for a name that is not here goes nowhere.
 */
import type { ProviderKind } from '@task-router/protocol';
import { isLoopbackUrl } from '@task-router/protocol';

export interface StandardEndpoint {
  /** Also the name of the node that is made for it. */
  readonly nodeId: string;
  readonly provider: Exclude<ProviderKind, 'editor'>;
  readonly label: string;
  /** Without a trailing slash. */
  readonly baseUrl: string;
}

export interface EnvironmentKey {
  readonly env: string;
  readonly nodeId: string;
}

/** The first three are also the default addresses of the providers they are named after. */
export const standardEndpoints: readonly StandardEndpoint[] = [
  { nodeId: 'openai', provider: 'openai', label: 'OpenAI', baseUrl: 'https://api.openai.com/v1' },
  { nodeId: 'anthropic', provider: 'anthropic', label: 'Anthropic', baseUrl: 'https://api.anthropic.com/v1' },
  {
    nodeId: 'google',
    provider: 'google',
    label: 'Google',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
  },
  compatible('openrouter', 'OpenRouter', 'https://openrouter.ai/api/v1'),
  compatible('mistral', 'Mistral', 'https://api.mistral.ai/v1'),
  compatible('deepseek', 'DeepSeek', 'https://api.deepseek.com/v1'),
  compatible('groq', 'Groq', 'https://api.groq.com/openai/v1'),
  compatible('xai', 'xAI', 'https://api.x.ai/v1'),
  compatible('cerebras', 'Cerebras', 'https://api.cerebras.ai/v1'),
  compatible('together', 'Together', 'https://api.together.xyz/v1'),
  compatible('fireworks', 'Fireworks', 'https://api.fireworks.ai/inference/v1'),
  compatible('moonshot', 'Moonshot', 'https://api.moonshot.ai/v1'),
];

/** In the order in which one wins when a node has several: a vendor's current name before its older ones. */
export const knownEnvironmentKeys: readonly EnvironmentKey[] = [
  { env: 'OPENAI_API_KEY', nodeId: 'openai' },
  { env: 'ANTHROPIC_API_KEY', nodeId: 'anthropic' },
  { env: 'GEMINI_API_KEY', nodeId: 'google' },
  { env: 'GOOGLE_GENERATIVE_AI_API_KEY', nodeId: 'google' },
  { env: 'GOOGLE_API_KEY', nodeId: 'google' },
  { env: 'OPENROUTER_API_KEY', nodeId: 'openrouter' },
  { env: 'MISTRAL_API_KEY', nodeId: 'mistral' },
  { env: 'DEEPSEEK_API_KEY', nodeId: 'deepseek' },
  { env: 'GROQ_API_KEY', nodeId: 'groq' },
  { env: 'XAI_API_KEY', nodeId: 'xai' },
  { env: 'CEREBRAS_API_KEY', nodeId: 'cerebras' },
  { env: 'TOGETHER_API_KEY', nodeId: 'together' },
  { env: 'FIREWORKS_API_KEY', nodeId: 'fireworks' },
  { env: 'MOONSHOT_API_KEY', nodeId: 'moonshot' },
];

function compatible(nodeId: string, label: string, baseUrl: string): StandardEndpoint {
  return { nodeId, provider: 'openai-compatible', label, baseUrl };
}

/**
 * Goes with every call to this machine: a server here may be a Task Router, which refuses calls that come from one. Clouds
 * have no use for it.
 */
export function hopHeaders(baseUrl: string): Readonly<Record<string, string>> {
  return isLoopbackUrl(baseUrl) ? { 'x-task-router-hop': '1' } : {};
}
