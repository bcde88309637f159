/** Passing attempts against real demo servers: what is held back, what passes, and how each end is told. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { demoProfiles, startDemoServer } from '../../demo/index.ts';
import type { FaultInput } from '../../demo/index.ts';
import { systemClock } from '../../platform/clock.ts';
import type { PassedPiece } from '../../providers/provider.ts';
import { createProvider } from '../../providers/registry.ts';
import type { AttemptEnd } from './attempt-end.ts';
import { startScriptedProvider } from '../../../../test/support/scripted-provider.ts';
import { runForwardAttempt } from './forward-attempt.ts';

interface Ran {
  readonly end: AttemptEnd;
  readonly bytes: string;
  readonly hasEnd: boolean;
  readonly aborted: () => Promise<void>;
}

const timeouts = { firstTokenTimeoutMs: 150, stallTimeoutMs: 150, timeoutMs: 5_000 };
/** Where nothing is to run out, however busy the machine is. */
const patient = { firstTokenTimeoutMs: 5_000, stallTimeoutMs: 5_000, timeoutMs: 5_000 };

async function attempt(
  fault: FaultInput,
  options: {
    /** A server of the test's own. */
    readonly baseUrl?: string;
    readonly timeouts?: typeof timeouts;
    readonly pass?: (piece: PassedPiece) => Promise<void> | null;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Ran> {
  const server = await startDemoServer(demoProfiles['demo-fast'], { speed: 0, faults: [fault] });
  onTestFinished(() => server.stop());
  const { baseUrl, models } = { ...server, ...(options.baseUrl && { baseUrl: options.baseUrl }) };
  const provider = createProvider({
    ...{ nodeId: 'n', provider: 'openai-compatible', baseUrl, apiKey: null, models: [] },
  });
  const body = JSON.stringify({ model: '', stream: true, messages: [{ role: 'user', content: 'hello' }] });
  let bytes = '';
  let slow: Promise<void> | null = null;
  let hasEnd = false;
  const end = await runForwardAttempt({
    forwarding: provider.forward!,
    request: {
      ...{ modelId: models[0]!.id, body: Buffer.from(body), headers: {}, streams: true },
      modelAt: [body.indexOf('""'), body.indexOf('""') + 2],
    },
    ...{
      timeouts: options.timeouts ?? timeouts,
      clock: systemClock,
      signal: options.signal ?? new AbortController().signal,
    },
    target: {
      pass(piece) {
        bytes += Buffer.from(piece.bytes).toString();
        slow = options.pass?.(piece) ?? null;
      },
      endPassed: () => (hasEnd = true),
      slowdown: () => slow,
    },
  });
  const aborted = () => expect.poll(() => server.log().at(-1)?.end).toBe('aborted');
  return { end, bytes, hasEnd, aborted };
}

describe('an answer that passes', () => {
  it('is told like any other', async () => {
    const { end, bytes, hasEnd } = await attempt({ kind: 'none' }, { timeouts: patient });
    expect(hasEnd).toBe(true);
    expect(end).toMatchObject({ status: 'succeeded', failure: null, finishReason: 'stop', wroteText: true });
    expect(end.usage.outputTokens).toBeGreaterThan(0);
    expect(end.firstTokenMs).not.toBeNull();
    expect(bytes).toMatch(/^data: /);
    expect(bytes).toMatch(/data: \[DONE\]\s*$/);
  });

  it('waits for a slow client, and does not take that for the server’s silence', async () => {
    let pieces = 0;
    const { end } = await attempt(
      { kind: 'none' },
      {
        pass: () => {
          pieces += 1;
          return pieces === 1
            ? new Promise((resolve) => setTimeout(resolve, 2 * timeouts.stallTimeoutMs))
            : null;
        },
      },
    );
    expect(end.status).toBe('succeeded');
  });

  it.each([
    ['text', { text: 'All of it.' }, 'stop'],
    ['thinking alone, up to the limit', { finish: 'length' }, 'length'],
  ] as const)(
    'of %s is whole when the server said so and then keeps still',
    async (_, reply, finishReason) => {
      const server = await startScriptedProvider('openai-chat');
      onTestFinished(() => server.stop());
      server.reply = () => ({ ...reply, after: { events: -1, does: 'hang' } });
      const { end, bytes, hasEnd } = await attempt({ kind: 'none' }, { baseUrl: server.baseUrl });
      // The end marker is for the endpoint to write.
      expect([end.status, end.finishReason, hasEnd]).toEqual(['succeeded', finishReason, false]);
      expect(bytes).not.toContain('[DONE]');
    },
  );

  it('tells of a tool call', async () => {
    const { end } = await attempt({ kind: 'tool-call', afterChunks: 0 });
    expect(end).toMatchObject({ status: 'succeeded', emittedToolCall: true, finishReason: 'toolCalls' });
  });
});

describe('an answer that fails', () => {
  it.each<[string, FaultInput, Partial<AttemptEnd>]>([
    ['before it began', { kind: 'status', status: 500 }, { failure: 'server' }],
    ['by silence', { kind: 'silence' }, { failure: 'firstTokenTimeout' }],
    ['without headers', { kind: 'hang' }, { failure: 'firstTokenTimeout' }],
    [
      'by an error before the first content',
      { kind: 'error-event', opened: true },
      { failure: 'overloaded' },
    ],
    ['with nothing in it', { kind: 'empty', body: 'no-text' }, { failure: 'empty' }],
    ['by a refusal', { kind: 'status', status: 400 }, { failure: 'badRequest' }],
  ])('%s has passed nothing', async (_, fault, expected) => {
    const { end, bytes } = await attempt(fault);
    expect(end).toMatchObject({ status: 'failed', wroteText: false, ...expected });
    expect(bytes).toBe('');
  });

  it.each<[string, FaultInput, Partial<AttemptEnd>]>([
    ['a dead server', { kind: 'die', afterChunks: 5 }, { failure: 'network' }],
    ['an early end', { kind: 'truncate', afterChunks: 5 }, { failure: 'truncated' }],
    ['a stall', { kind: 'stall', afterChunks: 5 }, { failure: 'stall' }],
    ['an error event', { kind: 'error-event', afterChunks: 5 }, { failure: 'overloaded' }],
  ])('by %s after some text never has a false end', async (_, fault, expected) => {
    const { end, bytes } = await attempt(fault);
    expect(end).toMatchObject({ status: 'failed', wroteText: true, ...expected });
    expect(bytes.match(/"content":"[^"]+"/g)).toHaveLength(5);
    expect(bytes).not.toMatch(/\[DONE\]|"finish_reason":"|error/);
  });

  it('brings a refusal’s own words along', async () => {
    const { end } = await attempt({ kind: 'status', status: 400 });
    expect(end.refusal?.status).toBe(400);
    expect(end.refusal?.body).toContain('error');
  });
});

describe('a cancel', () => {
  it('ends the call at once and is nobody’s failure', async () => {
    const cancel = new AbortController();
    const { end, aborted } = await attempt(
      { kind: 'endless' },
      {
        signal: cancel.signal,
        pass: () => {
          cancel.abort();
          return null;
        },
      },
    );
    expect(end).toMatchObject({ status: 'cancelled', failure: null });
    await aborted();
  });

  it('that comes first sends nothing', async () => {
    const { end } = await attempt({ kind: 'none' }, { signal: AbortSignal.abort() });
    expect(end.status).toBe('cancelled');
  });
});
