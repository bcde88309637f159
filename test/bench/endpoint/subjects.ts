/**
 * What the bench sends its requests through: nothing, the bare proxy, and Task Router. Each proxy is a process of its own,
 * started as its user would start it. Gateways that happen to be installed: `gateways.ts`.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Target } from './client.ts';
import { end, firstLine, freePort, startNode, untilAnswered } from './processes.ts';
import { type Format, pathOf } from './wire-format.ts';

export interface Subject {
  readonly name: string;
  /** Whether it takes requests in this format. */
  readonly speaks: (format: Format) => boolean;
  readonly target: (format: Format) => Target;
  /** What its users write into `model`. */
  readonly model: string;
  /** The process that does the work; null: there is none in between. */
  readonly pid: number | null;
  /** From its start to its first answer, in ms. */
  readonly coldStartMs: number | null;
  readonly stop: () => Promise<void>;
}

const root = join(import.meta.dirname, '..', '..', '..');
const bundle = join(root, 'dist', 'daemon', 'main.cjs');

/** What ships, where `npm run build` has made it. */
export const program = existsSync(bundle) ? 'bundle' : 'source';
const entry = program === 'bundle' ? bundle : join(root, 'daemon', 'src', 'main.ts');

export interface Upstream {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

export async function startUpstream(): Promise<Upstream> {
  const child = startNode([join(import.meta.dirname, 'fake-upstream.ts')]);
  return { port: Number(await firstLine(child)), stop: () => end(child) };
}

export function direct(upstream: Upstream): Subject {
  return {
    ...{ name: 'direct', model: 'bench', pid: null, coldStartMs: null },
    speaks: () => true,
    target: (format) => ({ port: upstream.port, path: pathOf[format], headers: {} }),
    stop: () => Promise.resolve(),
  };
}

export async function startBare(upstream: Upstream): Promise<Subject> {
  const startedAtMs = performance.now();
  const child = startNode([join(import.meta.dirname, 'bare-proxy.ts'), String(upstream.port)]);
  const port = Number(await firstLine(child));
  const target = (format: Format): Target => ({ port, path: pathOf[format], headers: {} });
  await untilAnswered(target('openai-chat'), 'bench');
  return {
    ...{ name: 'bare', model: 'bench', pid: child.pid ?? null, target },
    coldStartMs: performance.now() - startedAtMs,
    speaks: () => true,
    stop: () => end(child),
  };
}

/**
 * A whole daemon in a home of its own, with its database on disk. Its four nodes are the upstream, twice in each format, and
 * there is a key for each format that may use its two: every request has something to choose from, and passes through.
 */
export async function startOurs(upstream: Upstream): Promise<Subject> {
  const home = mkdtempSync(join(tmpdir(), 'tr-bench-endpoint-'));
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, TASK_ROUTER_HOME: home };
  const port = await freePort();
  writeFileSync(join(home, 'config.jsonc'), JSON.stringify(configOf(port, upstream)));
  const startedAtMs = performance.now();
  const daemon = startNode([...flags(), entry, 'serve', '--idle-minutes', '0'], env);
  await firstLine(daemon);
  const keys = {
    'openai-chat': await createKey(env, 'openai-compatible'),
    'anthropic-messages': await createKey(env, 'anthropic'),
  };
  const target = (format: Format): Target => ({
    ...{ port, path: pathOf[format] },
    headers: { [format === 'openai-chat' ? 'authorization' : 'x-api-key']: keys[format] },
  });
  await untilAnswered(target('openai-chat'), 'auto');
  return {
    ...{ name: 'ours', model: 'auto', pid: daemon.pid ?? null, target },
    coldStartMs: performance.now() - startedAtMs,
    speaks: () => true,
    async stop() {
      await end(daemon);
      rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    },
  };
}

/** For a profile: `TASK_ROUTER_BENCH_FLAGS="--cpu-prof --cpu-prof-dir=out"`. */
function flags(): string[] {
  return (process.env['TASK_ROUTER_BENCH_FLAGS'] ?? '').split(' ').filter(Boolean);
}

function configOf(port: number, upstream: Upstream): object {
  const prices = { inputPerMTok: 1, outputPerMTok: 2 };
  const model = { contextWindow: 200_000, maxOutputTokens: 8_000, prices };
  const shared = { baseUrl: `http://127.0.0.1:${upstream.port}/v1`, limits: { concurrency: 1_000 } };
  const nodes = (['openai-compatible', 'anthropic'] as const).flatMap((provider) =>
    ['one', 'two'].map((id) => ({
      ...{ id: `${provider}-${id}`, provider, ...shared, models: [{ id: `bench-${id}`, ...model }] },
    })),
  );
  return {
    endpoint: { enabled: true, port },
    discovery: { localServers: false, environmentKeys: false },
    nodes,
  };
}

/** As a person makes one; in the form in which its format sends it. */
async function createKey(env: Record<string, string>, provider: 'openai-compatible' | 'anthropic') {
  const wish = ['keys', 'create', provider, '--allow', `${provider}-*`, '--json'];
  const child = startNode([entry, ...wish], env);
  const { key } = JSON.parse(await firstLine(child)) as { key: string };
  await end(child);
  return provider === 'anthropic' ? key : `Bearer ${key}`;
}
