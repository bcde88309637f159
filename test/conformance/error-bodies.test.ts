/** The error bodies of fixtures/, each through a real server and the real provider, to kind and wait. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { failureKindSchema } from '@task-router/protocol';
import * as z from 'zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callOf } from '../../daemon/src/providers/call-text.ts';
import { createProvider } from '../../daemon/src/providers/registry.ts';
import { ProviderError } from '../../daemon/src/providers/provider.ts';

const fixtureSchema = z.strictObject({
  name: z.string(),
  source: z.string(),
  status: z.int().optional(),
  headers: z.record(z.string(), z.string()).default({}),
  stream: z.literal(true).optional(),
  /** Name of the server-sent event; absent: none. */
  event: z.string().optional(),
  body: z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())]),
  kind: failureKindSchema,
  retryAfterMs: z.int().optional(),
  retryAfterAtLeastMs: z.int().optional(),
  untilPacificMidnight: z.literal(true).optional(),
  /** Limits of the account that the answer names, in headers or in its body. */
  buckets: z.array(z.record(z.string(), z.unknown())).optional(),
});
type Fixture = z.infer<typeof fixtureSchema>;

const kinds = ['openai', 'openai-compatible', 'anthropic', 'google', 'ollama'] as const;

describe.each(kinds)('%s', (kind) => {
  let server: Server;
  let current: Fixture;
  let origin = '';

  beforeAll(async () => {
    server = createServer((_request, response) => {
      const { status = 200, headers, stream, event, body } = current;
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      if (stream !== true)
        return response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
      const type = kind === 'ollama' ? 'application/x-ndjson' : 'text/event-stream';
      const name = event === undefined ? '' : `event: ${event}\n`;
      return response
        .writeHead(200, { 'content-type': type })
        .end(kind === 'ollama' ? `${text}\n` : `${name}data: ${text}\n\n`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each(fixturesOf(kind))('$name', async (fixture) => {
    current = fixture;
    const error = await failureOf();
    expect(error.kind, error.message).toBe(fixture.kind);
    expect(error.message).not.toMatch(/[\n\r]/);
    expect(error.message.length).toBeLessThanOrEqual(500);
    if (fixture.buckets !== undefined) expect(error.rateLimit?.buckets).toMatchObject(fixture.buckets);
    if (error.retryAfterMs !== null) expect(error.rateLimit?.retryAtMs).toBeGreaterThan(0);
    if (fixture.retryAfterAtLeastMs !== undefined)
      expect(error.retryAfterMs).toBeGreaterThan(fixture.retryAfterAtLeastMs);
    else if (fixture.untilPacificMidnight === true) expectPacificMidnight(error.retryAfterMs);
    else if (fixture.kind === 'billing' && fixture.retryAfterMs === undefined)
      expect(error.retryAfterMs ?? 0).toBeLessThan(60_000);
    else expect(error.retryAfterMs).toBe(fixture.retryAfterMs ?? null);
  });

  async function failureOf(): Promise<ProviderError> {
    const provider = createProvider({
      nodeId: 'test',
      provider: kind,
      baseUrl: origin,
      apiKey: null,
      models: [],
    });
    const request = {
      modelId: 'some-model',
      call: callOf([{ role: 'user', text: 'hello' }]),
      maxOutputTokens: 10,
      signal: AbortSignal.timeout(5_000),
    };
    try {
      for await (const event of provider.generate(request)) expect(event.type).not.toBe('finish');
    } catch (error) {
      if (error instanceof ProviderError) return error;
      throw error;
    }
    throw new Error('The answer was taken for complete.');
  }
});

/** Within the second in which the test runs. */
function expectPacificMidnight(retryAfterMs: number | null): void {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: 'America/Los_Angeles', timeStyle: 'medium' });
  const then = clock.format(Date.now() + (retryAfterMs ?? 0) + 1_000);
  expect(['00:00:00', '00:00:01', '00:00:02']).toContain(then);
}

function fixturesOf(kind: string): Fixture[] {
  const text = readFileSync(join(import.meta.dirname, 'fixtures', `${kind}.json`), 'utf8');
  return z.array(fixtureSchema).parse(JSON.parse(text));
}
