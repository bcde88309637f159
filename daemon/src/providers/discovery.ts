/**
 * What is there without configuration: model servers on their usual ports of this machine. Port 8080 may belong to
 * anything, so a server counts only when two of its answers identify it; one good answer to a common question is none.
 * Nothing but questions without content or key is sent.
 */
import * as z from 'zod';
import type { Connector } from './transport/connector.ts';
import { Transport } from './transport/http.ts';
import type { Endpoint } from './provider.ts';

export { knownEnvironmentKeys, standardEndpoints } from './endpoints.ts';
export type { EnvironmentKey, StandardEndpoint } from './endpoints.ts';

export type LocalServerKind = 'ollama' | 'lm-studio' | 'llama-cpp';

export interface DiscoveredServer {
  readonly server: LocalServerKind;
  /** A name for its node. */
  readonly nodeId: string;
  readonly provider: 'ollama' | 'openai-compatible';
  readonly label: string;
  readonly baseUrl: string;
  /** null where the server does not tell. */
  readonly version: string | null;
  /** What identified it, for people. */
  readonly evidence: readonly string[];
}

export interface DiscoveryOptions {
  readonly signal?: AbortSignal;
  /** Shared, so that the next look finds the connections of this one; absent: each look makes its own. */
  readonly connector?: Connector;
  /** Other ports than the usual ones, for tests and unusual set-ups. */
  readonly ports?: Partial<Record<LocalServerKind, number>>;
  /** For each server, in ms. Default 800: on this machine a server answers at once or is busy loading. */
  readonly timeoutMs?: number;
}

const usualPorts: Readonly<Record<LocalServerKind, number>> = {
  ollama: 11434,
  'lm-studio': 1234,
  'llama-cpp': 8080,
};

/** The servers that run now. Never rejects; a port that is silent, foreign or slow is no server. */
export async function discoverLocalServers(
  options: DiscoveryOptions = {},
): Promise<readonly DiscoveredServer[]> {
  const found = await Promise.all(
    (['ollama', 'lm-studio', 'llama-cpp'] as const).map(async (server) => {
      const timeout = AbortSignal.timeout(options.timeoutMs ?? 800);
      const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
      const origin = `http://127.0.0.1:${options.ports?.[server] ?? usualPorts[server]}`;
      return identify[server](questionsTo(origin, signal, options.connector)).catch(() => null);
    }),
  );
  return found.filter((server) => server !== null);
}

interface Questions {
  readonly origin: string;
  /** null: no such answer. Aborts and broken connections reject. */
  readonly ask: <Schema extends z.ZodType>(path: string, schema: Schema) => Promise<z.output<Schema> | null>;
}

function questionsTo(origin: string, signal: AbortSignal, connector?: Connector): Questions {
  const endpoint: Endpoint = {
    nodeId: 'discovery',
    provider: 'openai-compatible',
    baseUrl: origin,
    apiKey: null,
    models: [],
    ...(connector && { connector }),
  };
  const transport = new Transport(endpoint, {
    keyHeader: 'authorization',
    defaultPath: '',
    rules: {},
    neverStreamed: null,
  });
  return {
    origin,
    ask: (path, schema) =>
      transport.json(path, schema, { signal }).catch((thrown: unknown) => {
        signal.throwIfAborted();
        // Nobody listens: the other question would end the same way.
        if (thrown instanceof Error && 'kind' in thrown && thrown.kind === 'network') throw thrown;
        return null;
      }),
  };
}

/** What another answer holds must be absent from this one: a server that says the same to everything is none. */
const absent = z.undefined().optional();
const ollamaVersion = z.object({ version: z.string().min(1).max(50).regex(/^\d/), models: absent });
const ollamaTags = z.object({
  models: z.array(z.object({ digest: z.string() })).nullable(),
  version: absent,
});
const lmStudioModels = z.object({
  object: z.literal('list'),
  data: z.array(z.object({ id: z.string(), type: z.string(), publisher: z.string(), state: z.string() })),
});
const lmStudioGreeting = z.object({ lmstudio: z.literal(true) });
const openaiModels = z.object({ object: z.literal('list'), data: z.array(z.object({ id: z.string() })) });
const llamaCppHealth = z.object({ status: z.enum(['ok', 'no slot available']), data: absent });
const llamaCppModels = z.object({ data: z.array(z.object({ owned_by: z.literal('llamacpp') })).min(1) });

const identify: Readonly<
  Record<LocalServerKind, (questions: Questions) => Promise<DiscoveredServer | null>>
> = {
  async ollama({ origin, ask }) {
    const [told, tags] = await Promise.all([
      ask('/api/version', ollamaVersion),
      ask('/api/tags', ollamaTags),
    ]);
    if (told === null || tags === null) return null;
    return {
      server: 'ollama',
      nodeId: 'ollama',
      provider: 'ollama',
      label: 'Ollama',
      baseUrl: origin,
      version: told.version,
      evidence: [`/api/version says ${told.version}`, '/api/tags lists models with digests'],
    };
  },
  async 'lm-studio'({ origin, ask }) {
    const [own, greeting, models] = await Promise.all([
      ask('/api/v0/models', lmStudioModels),
      ask('/lmstudio-greeting', lmStudioGreeting),
      ask('/v1/models', openaiModels),
    ]);
    // Without any model its own list is empty and proves nothing; the greeting then has to.
    const identified = (own !== null && own.data.length > 0) || greeting !== null;
    if (!identified || models === null) return null;
    const evidence =
      own !== null && own.data.length > 0
        ? '/api/v0/models has publishers and states'
        : 'it greets as LM Studio';
    return compatible('lm-studio', 'LM Studio', origin, [evidence, '/v1/models is a model list']);
  },
  async 'llama-cpp'({ origin, ask }) {
    const [health, models] = await Promise.all([
      ask('/health', llamaCppHealth),
      ask('/v1/models', llamaCppModels),
    ]);
    if (health === null || models === null) return null;
    return compatible('llama-cpp', 'llama.cpp', origin, [
      `/health says ${health.status}`,
      '/v1/models are owned by llamacpp',
    ]);
  },
};

function compatible(
  server: 'lm-studio' | 'llama-cpp',
  label: string,
  origin: string,
  evidence: readonly string[],
): DiscoveredServer {
  return {
    server,
    nodeId: server,
    provider: 'openai-compatible',
    label,
    baseUrl: `${origin}/v1`,
    version: null,
    evidence,
  };
}
