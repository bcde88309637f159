/**
 * `config.jsonc`: the developer's own configuration, never a repository's. The only place for nodes and budgets.
 * Its schema serves three purposes: validation in the daemon, diagnostics and completion in the editor, and the
 * JSON schema in the extension's manifest.
 */
import * as z from 'zod';
import { limits } from './limits.ts';
import { defaultEndpointPort, endpointPortSchema } from './data/endpoint.ts';
import { policySchema } from './data/policy.ts';
import { pricesSchema, providerKindSchema } from './data/route.ts';

const nodeId = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    'letters, digits, dot, dash and underscore; at most 63 characters',
  )
  .describe('Name of the node; routes are called <node>/<model>.');

/** Cleartext is for this machine only; everything else must be https. */
const baseUrl = z
  .url({ protocol: /^https?$/ })
  .max(2000)
  .refine(
    (text) => isAllowedEndpoint(text),
    'must be https, or http on this machine (127.0.0.1, ::1 or localhost)',
  )
  .describe('Address of the server, for example http://127.0.0.1:11434 or https://models.example/v1.');

const loopbackHost = /^(?:localhost|\[::1\]|127(?:\.\d{1,3}){3})$/;
const httpsUrl = z.url({ protocol: /^https$/ });
const loopbackUrl = z.url({ protocol: /^http$/, hostname: loopbackHost });

/** Compares whole parsed hosts, never prefixes: `127.evil.example` is not loopback. */
export function isLoopbackUrl(url: string): boolean {
  return z.url({ hostname: loopbackHost }).safeParse(url).success;
}

function isAllowedEndpoint(url: string): boolean {
  const holdsCredentials = /^[^/]*\/\/[^/?#]*@/.test(url);
  return !holdsCredentials && (httpsUrl.safeParse(url).success || loopbackUrl.safeParse(url).success);
}

export const modelConfigSchema = z.strictObject({
  id: z.string().min(1).max(limits.nameChars).describe("The model's name on this server."),
  contextWindow: z
    .int()
    .min(256)
    .max(100_000_000)
    .optional()
    .describe('Tokens the model can read and write in one call.'),
  maxOutputTokens: z
    .int()
    .min(1)
    .max(10_000_000)
    .optional()
    .describe('Tokens the model can write in one call.'),
  prices: pricesSchema
    .optional()
    .describe('US dollars per million tokens. Left out: taken from the catalogue, else unknown.'),
  capabilities: z
    .strictObject({
      tools: z.boolean().optional(),
      vision: z.boolean().optional(),
      reasoning: z.boolean().optional(),
      structuredOutput: z.boolean().optional(),
    })
    .optional()
    .describe('What the model can do. Left out: taken from the catalogue.'),
});
export type ModelConfig = z.infer<typeof modelConfigSchema>;

export const nodeConfigSchema = z.strictObject({
  id: nodeId,
  provider: providerKindSchema.exclude(['editor']).describe('Wire format the node speaks.'),
  baseUrl: baseUrl.optional(),
  apiKeyEnv: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/)
    .optional()
    .describe('Environment variable that holds the key. The key itself never stands in this file.'),
  models: z
    .array(modelConfigSchema)
    .max(limits.modelsPerInventory)
    .optional()
    .describe('Left out: the server is asked.'),
  limits: z
    .strictObject({
      requestsPerMinute: z.int().min(1).optional(),
      inputTokensPerMinute: z.int().min(1).optional(),
      outputTokensPerMinute: z.int().min(1).optional(),
      concurrency: z.int().min(1).max(1000).optional(),
    })
    .optional()
    .describe('What may be used at most.'),
  quotaGroup: z.string().min(1).max(100).optional().describe('Nodes of one group share an upstream quota.'),
});
export type NodeConfig = z.infer<typeof nodeConfigSchema>;

export const budgetSchema = z.strictObject({
  scope: z.enum(['user']),
  window: z.enum(['day', 'month']),
  limitUsd: z.number().min(0),
  hard: z.boolean().default(false),
});
export type Budget = z.output<typeof budgetSchema>;

export const historySchema = z.strictObject({
  storePrompts: z
    .boolean()
    .default(false)
    .describe('Keep the text of prompts in the history. Off: only hashes and sizes.'),
  retentionDays: z.int().min(1).max(3650).default(90).describe('Days after which a task is forgotten.'),
  maxMegabytes: z
    .int()
    .min(16)
    .max(100_000)
    .default(512)
    .describe('Size at which the oldest tasks are forgotten sooner.'),
});

/** Other tools on this machine may ask the router; off unless the developer says so here or in the editor. */
export const endpointConfigSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe('Let other tools on this machine use the router over the OpenAI and Anthropic formats.'),
  port: endpointPortSchema
    .default(defaultEndpointPort)
    .describe('Port on 127.0.0.1; tools are told it once, so it does not change by itself.'),
});

export const configSchema = z
  .strictObject({
    $schema: z.string().max(2000).optional(),
    nodes: z.array(nodeConfigSchema).max(200).default([]).describe('Places that serve models.'),
    policy: policySchema
      .prefault({})
      .describe('What may be used and what is preferred, for every workspace.'),
    budgets: z.array(budgetSchema).max(100).default([]).describe('What may be spent.'),
    history: historySchema.prefault({}).describe('What is remembered.'),
    endpoint: endpointConfigSchema.prefault({}).describe('An address for other tools.'),
    discovery: z
      .strictObject({
        localServers: z
          .boolean()
          .default(true)
          .describe('Look for Ollama, LM Studio and llama.cpp on this machine.'),
        environmentKeys: z.boolean().default(true).describe('Look for provider keys in the environment.'),
        editorModels: z.boolean().default(true).describe("Use the editor's own chat models."),
      })
      .prefault({})
      .describe('What is looked for without configuration.'),
  })
  .superRefine((config, context) => {
    const seen = new Set<string>();
    config.nodes.forEach((node, index) => {
      if (seen.has(node.id)) {
        context.addIssue({
          code: 'custom',
          path: ['nodes', index, 'id'],
          message: `node "${node.id}" appears twice`,
        });
      }
      seen.add(node.id);
      if (node.provider === 'openai-compatible' && node.baseUrl === undefined) {
        context.addIssue({
          code: 'custom',
          path: ['nodes', index],
          message: 'an openai-compatible node needs a baseUrl',
        });
      }
    });
  });
export type Config = z.output<typeof configSchema>;
