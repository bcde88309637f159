/**
 * The ways in which a server fails that gateways were measured by: the first-ranked server is broken, the others are well.
 * Through `task-router route` in processes of their own: every one is answered by another server, remembered by the next
 * task, and nothing hangs. What is the client's own fault is not sent elsewhere.
 */
import { describe, expect, it } from 'vitest';
import { CliHome, setFaults, startDemo } from '../support/cli.ts';
import type { CliEvent } from '../support/cli.ts';

/** A hang costs the first-token timeout (nine times what is expected, 8 s at least), a stall its own; nothing else takes long. */
const hangMs = 12_000;
const stallMs = 15_000;
/** Everything else of a task, on a busy machine. */
const restMs = 3_000;

interface Row {
  readonly name: string;
  readonly fault: object;
  readonly mayTakeMs?: number;
}

const atOnce: readonly Row[] = [
  { name: 'connection refused', fault: { kind: 'stop' } },
  { name: '500', fault: { kind: 'status', status: 500 } },
  { name: '429 with Retry-After', fault: { kind: 'status', status: 429, retryAfter: { seconds: 30 } } },
  { name: 'an error event before the first token', fault: { kind: 'error-event', opened: true } },
  { name: 'death after 5 tokens', fault: { kind: 'die', afterChunks: 5 } },
  { name: 'a clean end after 5 tokens', fault: { kind: 'truncate', afterChunks: 5 } },
];

const afterWaiting: readonly Row[] = [
  { name: 'no headers', fault: { kind: 'hang' }, mayTakeMs: hangMs },
  { name: '200, then silence', fault: { kind: 'silence' }, mayTakeMs: hangMs },
  { name: 'a stall after 5 tokens', fault: { kind: 'stall', afterChunks: 5 }, mayTakeMs: stallMs },
];

interface Stage {
  readonly route: () => Promise<{ code: number | null; events: readonly CliEvent[]; tookMs: number }>;
  readonly breakFirst: (faults: readonly object[]) => Promise<void>;
}

/** A daemon and demo servers of its own. */
async function onStage(test: (stage: Stage) => Promise<void>): Promise<void> {
  const cli = new CliHome();
  const { servers, stop } = await startDemo(cli);
  const named = (id: string) => servers.find((server) => server.id === id)!;
  try {
    // It fails by itself now and then; here it is one of those that are well.
    await setFaults(named('demo-flaky'), twenty({ kind: 'none' }));
    await cli.start(['serve']).line((line) => line.startsWith('Serving'));
    await test({ route: () => route(cli), breakFirst: (faults) => setFaults(named('demo-strong'), faults) });
  } finally {
    await stop();
    await cli.dispose();
  }
}

const twenty = (fault: object) => Array.from({ length: 20 }, () => fault);

async function route(cli: CliHome): ReturnType<Stage['route']> {
  const result = await cli.run(['route', '--json', 'say hello']);
  const events = result.events();
  const outcome = events.findLast(({ type }) => type === 'outcome');
  const { totalMs = Infinity } = (outcome?.['timings'] ?? {}) as { totalMs?: number };
  return { code: result.code, events, tookMs: totalMs };
}

const only = (events: readonly CliEvent[], type: string) => events.filter((event) => event.type === type);
const firstOf = (events: readonly CliEvent[]) => String(only(events, 'decision')[0]?.['route']);
/** As it is in the end: a restart voids what was before. */
const textOf = (events: readonly CliEvent[]) => {
  const restart = events.findLastIndex(({ type, mode }) => type === 'transition' && mode === 'restart');
  return only(events.slice(restart + 1), 'delta')
    .map(({ text }) => String(text))
    .join('');
};

/** The server that a fresh daemon asks first. */
const first = 'demo-strong/demo-large';

describe('the first-ranked server fails', () => {
  it.each(atOnce)('by $name: the next one answers, and the next task knows', moves);

  it('by 400: the request is at fault, and nobody else gets it', () =>
    onStage(async (stage) => {
      await stage.breakFirst([{ kind: 'status', status: 400 }]);
      const one = await stage.route();
      expect([one.code, only(one.events, 'transition')]).toEqual([1, []]);
      expect(one.events.at(-1)).toMatchObject({ type: 'error', code: 'route.allFailed' });
      // And nobody is blamed for it.
      const two = await stage.route();
      expect([two.code, firstOf(two.events)]).toEqual([0, first]);
    }));
});

// Side by side: most of their time is waiting.
describe.concurrent('the first-ranked server says nothing', () => {
  it.each(afterWaiting)('by $name: the next one answers, and the next task knows', moves);
});

function moves({ fault, mayTakeMs = 0 }: Row): Promise<void> {
  return onStage(async (stage) => {
    await stage.breakFirst(twenty(fault));
    const one = await stage.route();
    expect([one.code, firstOf(one.events)]).toEqual([0, first]);
    const [transition, ...more] = only(one.events, 'transition');
    expect([transition?.['from'], more]).toEqual([first, []]);
    expect(one.events.at(-1)).toMatchObject({ type: 'outcome', status: 'succeeded' });
    expect(textOf(one.events)).toMatch(/^Demo answer \(no real model\): /);
    expect(one.tookMs).toBeLessThan(restMs + mayTakeMs);

    const two = await stage.route();
    expect([two.code, only(two.events, 'transition')]).toEqual([0, []]);
    expect(firstOf(two.events)).not.toBe(first);
    expect(two.tookMs).toBeLessThan(restMs);
  });
}
