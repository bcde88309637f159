/** Failing servers, as the command line tells of them: what was switched to, why, and what it exits with. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { only, startDemo, textOf } from '../support/cli.ts';
import { CliHere } from '../support/cli-here.ts';

let cli: CliHere;
beforeEach(() => {
  cli = new CliHere();
});
afterEach(() => cli.dispose());

describe('failover', () => {
  it('goes on with the next route when the first-ranked server dies after the decision', async () => {
    const servers = await cli.demo();
    const first = await firstRanked();
    serverOf(servers, first).setFaults([{ kind: 'stop' }]);
    const result = await cli.run(['route', '--json', 'say hello']);
    const events = result.events();
    expect(result.code, result.stderr).toBe(0);
    expect(only(events, 'decision')[0]?.['route']).toBe(first);
    const [transition, ...more] = only(events, 'transition');
    expect(more).toEqual([]);
    expect(transition).toMatchObject({ from: first, cause: 'network', mode: 'continue' });
    expect(textOf(events)).toMatch(/^Demo answer/);
    expect(events.at(-1)).toMatchObject({
      type: 'outcome',
      status: 'succeeded',
      route: transition?.['to'],
      attempts: 2,
    });
  });

  it('starts over visibly when the server dies in the middle of the answer', async () => {
    const servers = await cli.demo();
    const first = await firstRanked();
    // Late enough that the first moment, which is held back, has passed.
    serverOf(servers, first).setFaults([{ kind: 'die', afterChunks: 15 }]);
    const events = (await cli.run(['route', '--json', 'say hello'])).events();
    const at = events.findIndex((event) => event.type === 'transition');
    expect(events[at]).toMatchObject({ from: first, mode: 'restart' });
    expect(textOf(events.slice(0, at))).not.toBe('');
    expect(textOf(events.slice(at))).toMatch(/^Demo answer/);
    expect(events.at(-1)).toMatchObject({ type: 'outcome', status: 'succeeded' });
  });

  it('does not choose a server that was stopped beforehand, and says why', async () => {
    const demo = await startDemo(cli);
    await cli.serve();
    const first = await firstRanked();
    process.kill(serverOf(demo.servers, first).pid, 'SIGKILL');
    await waitUntilRefused(serverOf(demo.servers, first).url);
    const result = await cli.run(['route', '--json', 'say hello']);
    const events = result.events();
    expect(result.code, result.stderr).toBe(0);
    expect(only(events, 'transition')).toEqual([]);
    const candidates = only(events, 'decision')[0]?.['candidates'] as { route: string; rejected: unknown }[];
    expect(candidates.find((candidate) => candidate.route === first)?.rejected).toMatchObject({
      code: 'health.unreachable',
      reason: expect.stringContaining('does not answer') as string,
    });
    await demo.stop();
  });

  it('fails with the causes when every route fails, and exits with 1', async () => {
    for (const server of await cli.demo()) server.setFaults([{ kind: 'status', status: 500 }]);
    const result = await cli.run(['route', '--json', 'say hello']);
    const events = result.events();
    expect(result.code).toBe(1);
    expect(only(events, 'transition')).toHaveLength(2);
    expect(events.at(-2)).toMatchObject({ type: 'outcome', status: 'failed', attempts: 3 });
    expect(events.at(-1)).toMatchObject({ type: 'error', code: 'route.allFailed' });
  });

  async function firstRanked(): Promise<string> {
    const events = (await cli.run(['route', '--json', 'say hello'])).events();
    return String(only(events, 'decision')[0]?.['route']);
  }
});

function serverOf<Server extends { id: string }>(servers: readonly Server[], route: string): Server {
  const server = servers.find(({ id }) => route.startsWith(`${id}/`));
  if (!server) throw new Error(`no demo server serves ${route}`);
  return server;
}

async function waitUntilRefused(url: string): Promise<void> {
  for (;;) {
    const refused = await fetch(url).then(
      () => false,
      () => true,
    );
    if (refused) return;
  }
}
