/**
 * Whether a tool with these settings would get an answer: the same requests that it would make, over the same socket. For
 * `task-router connect` and the editor; both sides of a failure are told in words that name the next step.
 */
import { request } from 'node:http';
import * as z from 'zod';

export interface EndpointCheck {
  /** Names of models, as the endpoint lists them. */
  readonly models: readonly string[];
  /** null: not tried. */
  readonly answer: { readonly text: string; readonly route: string | null; readonly ms: number } | null;
}

export type EndpointCheckResult =
  | ({ readonly ok: true } & EndpointCheck)
  | { readonly ok: false; readonly step: 'models' | 'answer'; readonly message: string };

interface Target {
  /** Without a trailing slash and without `/v1`. */
  readonly address: string;
  readonly key: string;
  readonly signal: AbortSignal;
}

const listSchema = z.object({ data: z.array(z.object({ id: z.string().max(1_000) })).max(10_000) });
const answerSchema = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string().nullable() }) })).min(1),
});
const errorSchema = z.object({ error: z.object({ message: z.string().max(4_000) }) });

const maxBytes = 4 * 1024 * 1024;

/** Rejects when aborted. @param tryModel also asks for a few words, which may cost a little */
export async function checkEndpoint(target: Target, tryModel: string | null): Promise<EndpointCheckResult> {
  const list = await ask(target, '/v1/models', null);
  const models = listSchema.safeParse(list.body);
  if (list.status !== 200 || !models.success) return { ok: false, step: 'models', message: list.problem };
  const found = { ok: true as const, models: models.data.data.map(({ id }) => id) };
  if (tryModel === null) return { ...found, answer: null };
  const startedMs = performance.now();
  const reply = await ask(target, '/v1/chat/completions', {
    model: tryModel,
    max_tokens: 200,
    messages: [{ role: 'user', content: 'Answer with the one word: ready' }],
  });
  const answer = answerSchema.safeParse(reply.body);
  if (reply.status !== 200 || !answer.success) return { ok: false, step: 'answer', message: reply.problem };
  const text = answer.data.choices[0]?.message.content?.trim() ?? '';
  return { ...found, answer: { text, route: reply.route, ms: performance.now() - startedMs } };
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly route: string | null;
  /** What to say when it is not what was asked for. */
  readonly problem: string;
}

function ask({ address, key, signal }: Target, path: string, body: object | null): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const method = body === null ? 'GET' : 'POST';
  const sent = request(`${address}${path}`, { method, headers, signal, agent: false }, (response) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
      chunks.push(chunk);
      if (bytes > maxBytes) response.destroy();
    });
    response.on('error', reject);
    response.on('end', () => {
      const status = response.statusCode ?? 0;
      const parsed = parse(Buffer.concat(chunks).toString());
      const said = errorSchema.safeParse(parsed);
      const route = response.headers['x-task-router-route'];
      resolve({
        status,
        body: parsed,
        route: typeof route === 'string' ? route : null,
        problem: said.success ? said.data.error.message : `${address} answered with status ${status}.`,
      });
    });
  });
  sent.on('error', (error: NodeJS.ErrnoException) => {
    if (signal.aborted) reject(error);
    else resolve({ status: 0, body: null, route: null, problem: unreachable(address, error) });
  });
  sent.end(body === null ? undefined : JSON.stringify(body));
  return promise;
}

function unreachable(address: string, { code }: NodeJS.ErrnoException): string {
  return code === 'ECONNREFUSED'
    ? `Nobody listens at ${address}: no daemon runs, or its endpoint is off. \`task-router serve\` starts one.`
    : `${address} can’t be reached (${code ?? 'unknown reason'}).`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
