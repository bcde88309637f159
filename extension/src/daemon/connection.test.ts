import { RouterError } from '@task-router/protocol';
import { describe, expect, it } from 'vitest';
import { backoffCeilingMs, backoffFloorMs, backoffMs } from './backoff.ts';
import { Connection, type ConnectionPorts, type Link, type LinkEnd } from './connection.ts';
import { breakerLosses, breakerWindowMs, closedBreaker, isOpen, recordLoss } from './crash-breaker.ts';

class FakeLink implements Link {
  readonly closed: Promise<LinkEnd>;
  #close: (end: LinkEnd) => void = () => undefined;
  terminated = false;
  isOpen = true;

  constructor() {
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  terminate(): void {
    this.terminated = true;
    this.end('lost');
  }

  end(end: LinkEnd): void {
    this.isOpen = false;
    this.#close(end);
  }
}

type OpenStep = () => Promise<FakeLink>;

/** A daemon that follows a script: what each further `open` gives, and whether the handshake holds. */
class World implements ConnectionPorts<FakeLink> {
  readonly links: FakeLink[] = [];
  readonly delays: number[] = [];
  readonly launches: boolean[] = [];
  opens = 0;
  clockMs = 0;
  script: OpenStep[] = [];
  startFailures = 0;
  /** While true, back-off delays pass at once; otherwise they wait for `release`. */
  instantDelays = true;
  #held: (() => void)[] = [];

  async open(mayLaunch: boolean): Promise<FakeLink> {
    this.opens += 1;
    this.launches.push(mayLaunch);
    const step = this.script.shift();
    return step === undefined ? this.link() : step();
  }

  async start(): Promise<void> {
    if (this.startFailures > 0) {
      this.startFailures -= 1;
      throw new Error('handshake refused');
    }
  }

  async settled(): Promise<void> {
    await Promise.resolve();
  }

  delay(ms: number, signal: AbortSignal): Promise<void> {
    // Patience is asked for in whole seconds and never runs out by itself here.
    if (ms === patience) {
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    }
    this.delays.push(ms);
    this.clockMs += ms;
    if (this.instantDelays) return Promise.resolve();
    return new Promise((resolve) => {
      this.#held.push(resolve);
      signal.addEventListener('abort', () => resolve());
    });
  }

  nowMs(): number {
    return this.clockMs;
  }

  random(): number {
    return 0.5;
  }

  link(): FakeLink {
    const link = new FakeLink();
    this.links.push(link);
    return link;
  }
}

const patience = 5_000;
const refuse: OpenStep = () => Promise.reject(new RouterError('daemon.unreachable', 'refused'));

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !condition(); turn++)
    await new Promise((resolve) => setImmediate(resolve));
  expect(condition()).toBe(true);
}

describe('Connection', () => {
  it('does nothing until it is needed, then connects once for all who wait', async () => {
    const world = new World();
    const connection = new Connection(world);
    expect([world.opens, connection.state.type]).toEqual([0, 'idle']);
    await Promise.all([
      connection.ensure(patience),
      connection.ensure(patience),
      connection.ensure(patience),
    ]);
    expect([world.opens, connection.state.type]).toEqual([1, 'connected']);
  });

  it('tries again after failures, with growing delays', async () => {
    const world = new World();
    world.script = [refuse, refuse, refuse];
    const connection = new Connection(world);
    const seen: string[] = [];
    connection.onDidChange((state) => seen.push(state.type));
    await connection.ensure(patience);
    expect(world.opens).toBe(4);
    expect(world.delays).toEqual([1, 2, 3].map((failures) => backoffMs(failures, 0.5)));
    expect(seen).toEqual(['starting', 'disconnected', 'disconnected', 'disconnected', 'connected']);
  });

  it('reconnects by itself when the socket is lost, one connection at a time', async () => {
    const world = new World();
    const connection = new Connection(world);
    await connection.ensure(patience);
    world.links[0]!.end('lost');
    await until(() => world.links.length === 2 && connection.state.type === 'connected');
    expect(world.opens).toBe(2);
  });

  it('makes whoever asks right after a loss wait for the next connection', async () => {
    const world = new World();
    const connection = new Connection(world);
    await connection.ensure(patience);
    world.links[0]!.end('lost');
    // Nobody has been told yet, so the state is still the old one.
    expect(connection.state.type).toBe('connected');
    await connection.ensure(patience);
    expect([world.links.length, world.links[1]!.isOpen]).toEqual([2, true]);
  });

  it('terminates a socket whose handshake failed and waits for its end before the next try', async () => {
    const world = new World();
    world.startFailures = 1;
    const connection = new Connection(world);
    await connection.ensure(patience);
    expect(world.links.map((link) => link.terminated)).toEqual([true, false]);
  });

  it('gives up after five losses within ten minutes, and says so', async () => {
    const world = new World();
    world.script = Array.from({ length: breakerLosses }, () => refuse);
    const connection = new Connection(world);
    await expect(connection.ensure(patience)).rejects.toMatchObject({
      code: 'daemon.startFailed',
      message: expect.stringContaining('keeps crashing') as unknown,
    });
    expect(connection.state).toMatchObject({ type: 'failed', crashing: true });
    expect(world.opens).toBe(breakerLosses);
    // Until asked to, it does not try again.
    await expect(connection.ensure(patience)).rejects.toMatchObject({ code: 'daemon.startFailed' });
    expect(world.opens).toBe(breakerLosses);
    await connection.reconnect(patience);
    expect(connection.state.type).toBe('connected');
  });

  it('does not count a daemon that leaves on purpose as a crash', async () => {
    const world = new World();
    const connection = new Connection(world);
    await connection.ensure(patience);
    for (let round = 0; round < breakerLosses + 2; round++) {
      world.links.at(-1)!.end('leaving');
      await until(() => world.links.length === round + 2 && connection.state.type === 'connected');
    }
    expect(connection.state.type).toBe('connected');
  });

  it('looks for a successor of a daemon that left, without starting one, and then stays stopped', async () => {
    const world = new World();
    const connection = new Connection(world);
    await connection.ensure(patience);
    world.script = Array.from({ length: 20 }, () => refuse);
    world.links[0]!.end('leaving');
    await until(() => connection.state.type === 'stopped');
    expect(world.launches[0]).toBe(true);
    expect(world.launches.slice(1).length).toBeGreaterThan(3);
    expect(new Set(world.launches.slice(1))).toEqual(new Set([false]));
    world.script = [];
    await connection.ensure(patience);
    expect(world.launches.at(-1)).toBe(true);
  });

  it('does not try again where that changes nothing', async () => {
    const world = new World();
    world.script = [() => Promise.reject(new RouterError('daemon.protocolVersion', 'too old'))];
    const connection = new Connection(world);
    await expect(connection.ensure(patience)).rejects.toMatchObject({ code: 'daemon.protocolVersion' });
    expect(connection.state).toMatchObject({ type: 'failed', crashing: false });
    expect(world.opens).toBe(1);
  });

  it('hides what an unknown error says', async () => {
    const world = new World();
    world.script = [() => Promise.reject(new Error('/home/me/secret'))];
    world.instantDelays = false;
    const connection = new Connection(world);
    connection.wake();
    await until(() => connection.state.type === 'disconnected');
    expect(JSON.stringify(connection.state)).not.toContain('secret');
    connection.dispose();
  });

  it('stays stopped for views, and starts again for work', async () => {
    const world = new World();
    const connection = new Connection(world);
    await connection.ensure(patience);
    await connection.stop();
    expect([world.links[0]!.terminated, connection.state.type]).toEqual([true, 'stopped']);
    connection.wake();
    expect(connection.state.type).toBe('stopped');
    await connection.ensure(patience);
    expect([world.opens, connection.state.type]).toEqual([2, 'connected']);
  });

  it('stops during a back-off without another try', async () => {
    const world = new World();
    world.instantDelays = false;
    world.script = [refuse];
    const connection = new Connection(world);
    connection.wake();
    await until(() => connection.state.type === 'disconnected');
    await connection.stop();
    await new Promise((resolve) => setImmediate(resolve));
    expect([world.opens, connection.state.type]).toEqual([1, 'stopped']);
  });

  it('closes a socket that opens after the stop', async () => {
    const world = new World();
    const opened = Promise.withResolvers<FakeLink>();
    world.script = [() => opened.promise];
    const connection = new Connection(world);
    connection.wake();
    await until(() => world.opens === 1);
    await connection.stop();
    const late = world.link();
    opened.resolve(late);
    await until(() => late.terminated);
    expect(connection.state.type).toBe('stopped');
  });

  it('reconnects on request also when connected, with exactly one open socket', async () => {
    const world = new World();
    const connection = new Connection(world);
    await connection.ensure(patience);
    await connection.reconnect(patience);
    expect(world.links.map((link) => link.terminated)).toEqual([true, false]);
    expect(connection.state.type).toBe('connected');
  });
});

describe('backoffMs', () => {
  it('stays within floor and ceiling for every failure count and draw', () => {
    for (const failures of [1, 2, 5, 10, 100, 10_000]) {
      for (const random of [0, 0.25, 0.999_999]) {
        const ms = backoffMs(failures, random);
        expect(ms).toBeGreaterThanOrEqual(backoffFloorMs);
        expect(ms).toBeLessThanOrEqual(backoffCeilingMs);
      }
    }
    expect(backoffMs(20, 0.999_999)).toBe(backoffCeilingMs);
  });
});

describe('the crash breaker', () => {
  it('forgets losses that are older than its window', () => {
    let breaker = closedBreaker;
    for (let index = 0; index < breakerLosses - 1; index++) breaker = recordLoss(breaker, index);
    expect(isOpen(breaker)).toBe(false);
    expect(isOpen(recordLoss(breaker, 10))).toBe(true);
    expect(isOpen(recordLoss(breaker, breakerWindowMs + breakerLosses))).toBe(false);
  });
});
