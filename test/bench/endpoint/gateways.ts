/**
 * Gateways to measure beside us, where somebody has installed them; the bench installs nothing.
 * `TASK_ROUTER_BENCH_PORTKEY`: the folder of `@portkey-ai/gateway` (1.15.2, with `@hono/node-server` overridden to
 * 1.14.1: beside the newest it answers every stream with 500). `TASK_ROUTER_BENCH_CCR`: the folder of
 * `@musistudio/claude-code-router` (2.0.0; 3.1.1 can't be installed).
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Target } from './client.ts';
import { end, freePort, startNode, untilAnswered } from './processes.ts';
import type { Subject, Upstream } from './subjects.ts';
import { type Format, pathOf } from './wire-format.ts';

/** Each resolves with null where it is not installed. */
export const gateways: readonly ((upstream: Upstream) => Promise<Subject | null>)[] = [
  startPortkey,
  startClaudeCodeRouter,
];

async function startPortkey(upstream: Upstream): Promise<Subject | null> {
  const folder = process.env['TASK_ROUTER_BENCH_PORTKEY'];
  if (folder === undefined) return null;
  const port = await freePort();
  return startGateway({
    ...{ name: 'portkey', speaks: 'openai-chat', model: 'bench', port },
    args: [join(folder, 'build', 'start-server.js'), `--port=${port}`, '--headless'],
    headers: {
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `http://127.0.0.1:${upstream.port}/v1`,
      authorization: 'Bearer bench',
    },
    env: { NODE_ENV: 'production' },
    cleanUp: () => undefined,
  });
}

async function startClaudeCodeRouter(upstream: Upstream): Promise<Subject | null> {
  const folder = process.env['TASK_ROUTER_BENCH_CCR'];
  if (folder === undefined) return null;
  const port = await freePort();
  const home = mkdtempSync(join(tmpdir(), 'tr-bench-ccr-'));
  mkdirSync(join(home, '.claude-code-router'));
  writeFileSync(
    join(home, '.claude-code-router', 'config.json'),
    JSON.stringify({
      ...{ HOST: '127.0.0.1', PORT: port, LOG: false },
      Providers: [
        {
          ...{ name: 'bench', api_key: 'bench', models: ['bench'] },
          api_base_url: `http://127.0.0.1:${upstream.port}/v1/chat/completions`,
        },
      ],
      Router: { default: 'bench,bench' },
    }),
  );
  return startGateway({
    ...{ name: 'claude-code-router', speaks: 'anthropic-messages', model: 'bench', port },
    args: [join(folder, 'dist', 'cli.js'), 'start'],
    headers: {},
    env: { HOME: home },
    cleanUp: () => rmSync(home, { recursive: true, force: true }),
  });
}

async function startGateway(gateway: {
  readonly name: string;
  readonly speaks: Format;
  readonly model: string;
  readonly port: number;
  readonly args: readonly string[];
  readonly headers: Target['headers'];
  readonly env: Record<string, string>;
  readonly cleanUp: () => void;
}): Promise<Subject> {
  const { name, port, model, headers } = gateway;
  const [program = ''] = gateway.args;
  if (!existsSync(program)) throw new Error(`${name} is not there: ${program} is missing`);
  const startedAtMs = performance.now();
  const child = startNode(gateway.args, { PATH: process.env['PATH'] ?? '', ...gateway.env });
  child.stdout?.resume();
  const target = (format: Format): Target => ({ port, path: pathOf[format], headers });
  await untilAnswered(target(gateway.speaks), model);
  return {
    ...{ name, model, target, pid: child.pid ?? null },
    coldStartMs: performance.now() - startedAtMs,
    speaks: (format) => format === gateway.speaks,
    async stop() {
      await end(child);
      gateway.cleanUp();
    },
  };
}
