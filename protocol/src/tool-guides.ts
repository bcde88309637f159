/**
 * How to point a tool at the endpoint: the exact names of its fields, variables and files. One table for the command line
 * and the editor. A key goes into files of the user's own folder only, never into one that a repository could carry off.
 */

export interface ToolGuide {
  /** What the key is named after, and how the tool appears among tasks. */
  readonly name: string;
  readonly steps: readonly GuideStep[];
}

export interface GuideStep {
  readonly text: string;
  /** Something to paste, as it is. */
  readonly copy?: { readonly what: string; readonly language: GuideLanguage; readonly text: string };
}

export type GuideLanguage = 'text' | 'json' | 'yaml' | 'shell';

export const toolIds = [
  'vscode',
  'cline',
  'continue',
  'aider',
  'claude-code',
  'opencode',
  'pi',
  'qwen-code',
  'other',
] as const;
export type ToolId = (typeof toolIds)[number];

export const toolNames: Readonly<Record<ToolId, string>> = {
  vscode: 'VS Code chat',
  cline: 'Cline',
  continue: 'Continue',
  aider: 'aider',
  'claude-code': 'Claude Code',
  opencode: 'opencode',
  pi: 'pi',
  'qwen-code': 'Qwen Code',
  other: 'Another tool',
};

/**
 * Sizes told to tools that want some: what a usual cloud model takes. A route that takes less is filtered out for a
 * longer prompt.
 */
const contextTokens = 128_000;
const outputTokens = 16_000;

/**
 * @param address of the endpoint, without a trailing slash and without `/v1`
 * @param key as it was shown when it was made
 */
export function toolGuide(tool: ToolId, address: string, key: string): ToolGuide {
  return { name: toolNames[tool], steps: steps[tool](address, key) };
}

type Steps = (address: string, key: string) => readonly GuideStep[];

const steps: Readonly<Record<ToolId, Steps>> = {
  vscode: (address, key) => [
    {
      text: 'Run "Chat: Manage Language Models", choose Add Models, then Custom Endpoint. Name it Task Router, paste the key, choose the API type Chat Completions.',
      copy: secret(key),
    },
    {
      text: 'In the chatLanguageModels.json that opens, make this the list of models, and save.',
      copy: json(
        '"models"',
        ['auto', 'auto-fast', 'auto-best', 'auto-local'].map((id) => ({
          id,
          name: `Task Router: ${id}`,
          url: `${address}/v1/chat/completions`,
          toolCalling: true,
          vision: true,
          maxInputTokens: contextTokens,
          maxOutputTokens: outputTokens,
        })),
      ),
    },
    { text: 'Choose "Task Router: auto" in the model picker of the chat.' },
  ],
  cline: (address, key) => [
    { text: 'Open Cline’s settings (the gear), and choose the API provider OpenAI Compatible.' },
    { text: 'Base URL:', copy: plain('base URL', `${address}/v1`) },
    { text: 'OpenAI Compatible API key:', copy: secret(key) },
    { text: 'Model ID:', copy: plain('model', 'auto') },
    {
      text: 'Cline’s command line takes all of it at once:',
      copy: shell([`cline auth -p openai -b ${address}/v1 -k ${key} -m auto`]),
    },
  ],
  continue: (address, key) => [
    {
      text: 'Add this to "models" in ~/.continue/config.yaml (the gear beside Local Config opens it).',
      copy: {
        what: 'entry',
        language: 'yaml',
        text: [
          '  - name: Task Router',
          '    provider: openai',
          '    model: auto',
          `    apiBase: ${address}/v1`,
          `    apiKey: ${key}`,
          '    roles: [chat, edit, apply]',
          '    capabilities: [tool_use, image_input]',
          // For a model that it does not know it takes a window of 32,768 tokens and answers of 4,096.
          '    defaultCompletionOptions:',
          `      contextLength: ${contextTokens}`,
          `      maxTokens: ${outputTokens}`,
        ].join('\n'),
      },
    },
  ],
  aider: (address, key) => [
    {
      text: 'In the shell that runs aider (on Windows: setx NAME VALUE, then a new shell):',
      copy: shell([`export OPENAI_API_BASE=${address}/v1`, `export OPENAI_API_KEY=${key}`]),
    },
    {
      // A model that it does not know has to write whole files, sees no map of the project, and remembers 1,024 tokens.
      text: 'Put this into ~/.aider.model.settings.yml, which says how the model edits:',
      copy: {
        what: 'settings',
        language: 'yaml',
        text: [
          '- name: openai/auto',
          '  edit_format: diff',
          '  use_repo_map: true',
          '  weak_model_name: openai/auto-fast',
        ].join('\n'),
      },
    },
    {
      text: 'Put this into ~/.aider.model.metadata.json, which says how much it reads:',
      copy: json(
        'sizes',
        Object.fromEntries(
          ['openai/auto', 'openai/auto-fast'].map((id) => [
            id,
            {
              ...{ litellm_provider: 'openai', mode: 'chat', max_tokens: outputTokens },
              ...{ max_input_tokens: contextTokens, max_output_tokens: outputTokens },
            },
          ]),
        ),
      ),
    },
    { text: 'Then:', copy: shell(['aider --model openai/auto']) },
  ],
  'claude-code': (address, key) => [
    {
      text: 'Put this into ~/.claude/settings.json (never into a project’s .claude/settings.json, which others get). ANTHROPIC_API_KEY must not be set.',
      copy: json('settings', {
        env: {
          ANTHROPIC_BASE_URL: address,
          ANTHROPIC_AUTH_TOKEN: key,
          ANTHROPIC_MODEL: 'auto',
          ANTHROPIC_DEFAULT_FABLE_MODEL: 'auto-best',
          ANTHROPIC_DEFAULT_OPUS_MODEL: 'auto-best',
          ANTHROPIC_DEFAULT_SONNET_MODEL: 'auto',
          ANTHROPIC_DEFAULT_HAIKU_MODEL: 'auto-fast',
          // It takes a model that it does not know for one with a window of a million tokens, and never shortens.
          CLAUDE_CODE_MAX_CONTEXT_TOKENS: String(contextTokens),
        },
      }),
    },
    {
      text: 'Start claude; /status shows the base URL. Opus, Sonnet and Haiku in /model are auto-best, auto and auto-fast now. A full name (claude-sonnet-…) is a model of your own routes or nobody’s.',
    },
  ],
  opencode: (address, key) => [
    {
      text: 'Put this into ~/.config/opencode/opencode.json (not into a project’s opencode.json, which others get).',
      copy: json('configuration', {
        $schema: 'https://opencode.ai/config.json',
        provider: {
          'task-router': {
            npm: '@ai-sdk/openai-compatible',
            name: 'Task Router',
            options: { baseURL: `${address}/v1`, apiKey: key },
            models: Object.fromEntries(
              ['auto', 'auto-fast', 'auto-best', 'auto-local'].map((id) => [
                id,
                {
                  name: `Task Router: ${id}`,
                  attachment: true,
                  tool_call: true,
                  limit: { context: contextTokens, output: outputTokens },
                },
              ]),
            ),
          },
        },
        model: 'task-router/auto',
        // For the titles of its sessions.
        small_model: 'task-router/auto-fast',
      }),
    },
  ],
  pi: (address, key) => [
    {
      text: 'Put this into ~/.pi/agent/models.json.',
      copy: json('models', {
        providers: {
          'task-router': {
            ...{ baseUrl: `${address}/v1`, api: 'openai-completions', apiKey: key },
            models: ['auto', 'auto-fast', 'auto-best', 'auto-local'].map((id) => ({
              ...{ id, name: `Task Router: ${id}`, reasoning: true, input: ['text', 'image'] },
              ...{ contextWindow: contextTokens, maxTokens: outputTokens },
              cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
            })),
          },
        },
      }),
    },
    { text: 'Then:', copy: shell(['pi --provider task-router --model auto']) },
  ],
  'qwen-code': (address, key) => [
    {
      text: 'In the shell that runs qwen (on Windows: setx NAME VALUE, then a new shell):',
      copy: shell([
        `export OPENAI_BASE_URL=${address}/v1`,
        `export OPENAI_API_KEY=${key}`,
        'export OPENAI_MODEL=auto',
      ]),
    },
    { text: 'Then:', copy: shell(['qwen --auth-type openai']) },
  ],
  other: (address, key) => [
    {
      text: 'A tool that speaks OpenAI’s Chat Completions: base URL',
      copy: plain('base URL', `${address}/v1`),
    },
    { text: 'A tool that speaks Anthropic’s Messages: base URL', copy: plain('base URL', address) },
    { text: 'Its API key:', copy: secret(key) },
    { text: 'Its model (auto, auto-fast, auto-best, auto-local, or a route):', copy: plain('model', 'auto') },
  ],
};

function secret(key: string): NonNullable<GuideStep['copy']> {
  return plain('key', key);
}

function plain(what: string, text: string): NonNullable<GuideStep['copy']> {
  return { what, language: 'text', text };
}

function json(what: string, value: unknown): NonNullable<GuideStep['copy']> {
  return { what, language: 'json', text: JSON.stringify(value, null, 2) };
}

function shell(lines: readonly string[]): NonNullable<GuideStep['copy']> {
  return { what: 'commands', language: 'shell', text: lines.join('\n') };
}
