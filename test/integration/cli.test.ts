/** `task-router` from outside: real processes, real sockets, the demo fleet as the models. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliHome, setFaults, startDemo } from '../support/cli.ts';
import type { CliEvent } from '../support/cli.ts';

let cli: CliHome;
beforeEach(() => {
  cli = new CliHome();
});
afterEach(() => cli.dispose());

function only(events: readonly CliEvent[], type: string): CliEvent[] {
  return events.filter((event) => event.type === type);
}

function textOf(events: readonly CliEvent[]): string {
  return only(events, 'delta')
    .map((event) => String(event['text']))
    .join('');
}

describe('a first try with nothing configured', () => {
  it('says what was found, shows the card, streams a demo answer, and leaves nothing behind', async () => {
    const folder = join(cli.home, 'project');
    mkdirSync(folder);
    writeFileSync(join(folder, 'greet.ts'), '/** Says hello. */\nexport function greet() {}\n');
    writeFileSync(join(folder, '.env'), 'SECRET=1');
    const { code, stdout, stderr } = await cli.run(['route', 'Explain ./ please'], { folder });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const inOrder = [
      'Found no model server',
      'demo fleet',
      '→ demo-',
      'context: 1 file',
      'Demo answer',
      'Says hello',
      '— succeeded',
      'What next:',
    ];
    const places = inOrder.map((text) => stdout.indexOf(text));
    expect(places, stdout).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(stdout).toContain('.env (secret)');
    expect(stdout).not.toContain('SECRET');
    // The daemon that this command was has taken its files along.
    expect(readdirSync(join(cli.home, 'run')).filter((name) => name !== 'lock.db')).toEqual([]);
  });

  it('prints one event a line with --json, ending with the outcome', async () => {
    const result = await cli.run(['route', '--json', 'say hello']);
    const events = result.events();
    expect(result.code).toBe(0);
    expect(events[0]).toMatchObject({ type: 'decision', route: expect.stringMatching(/^demo-/) as string });
    expect(only(events, 'decision')).toHaveLength(1);
    expect(textOf(events)).toContain('Demo answer (no real model)');
    expect(events.at(-1)).toMatchObject({ type: 'outcome', status: 'succeeded', costUsd: 0 });
  });
});

// Three or four programs one after the other: that takes its time on a busy machine.
describe('failover', { timeout: 60_000 }, () => {
  it('goes on with the next route when the first-ranked server dies after the decision', async () => {
    const demo = await startDemo(cli);
    const first = await firstRanked();
    await setFaults(serverOf(demo.servers, first), [{ kind: 'stop' }]);
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
    await demo.stop();
  });

  it('starts over visibly when the server dies in the middle of the answer', async () => {
    const demo = await startDemo(cli);
    const first = await firstRanked();
    // Late enough that the first moment, which is held back, has passed.
    await setFaults(serverOf(demo.servers, first), [{ kind: 'die', afterChunks: 15 }]);
    const events = (await cli.run(['route', '--json', 'say hello'])).events();
    const at = events.findIndex((event) => event.type === 'transition');
    expect(events[at]).toMatchObject({ from: first, mode: 'restart' });
    expect(textOf(events.slice(0, at))).not.toBe('');
    expect(textOf(events.slice(at))).toMatch(/^Demo answer/);
    expect(events.at(-1)).toMatchObject({ type: 'outcome', status: 'succeeded' });
    await demo.stop();
  });

  it('does not choose a server that was stopped beforehand, and says why', async () => {
    const demo = await startDemo(cli);
    const daemon = cli.start(['serve']);
    await daemon.line((line) => line.startsWith('Serving'));
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
    const demo = await startDemo(cli);
    for (const server of demo.servers) await setFaults(server, [{ kind: 'status', status: 500 }]);
    const result = await cli.run(['route', '--json', 'say hello']);
    const events = result.events();
    expect(result.code).toBe(1);
    expect(only(events, 'transition')).toHaveLength(2);
    expect(events.at(-2)).toMatchObject({ type: 'outcome', status: 'failed', attempts: 3 });
    expect(events.at(-1)).toMatchObject({ type: 'error', code: 'route.allFailed' });
    await demo.stop();
  });

  async function firstRanked(): Promise<string> {
    const events = (await cli.run(['route', '--json', 'say hello'])).events();
    return String(only(events, 'decision')[0]?.['route']);
  }
});

describe('a node by hand', { timeout: 60_000 }, () => {
  it('is taken out of use and back, also over commands that are each their own daemon', async () => {
    await startDemo(cli);
    const drained = await cli.run(['node', 'drain', 'demo-strong']);
    expect([drained.code, drained.stdout]).toEqual([
      0,
      expect.stringMatching(/^demo-strong was drained\.\n.*demo-strong\/demo-large +unknown → draining/),
    ]);
    expect((await cli.run(['health'])).stdout).toMatch(/demo-large +draining/);
    const routed = await cli.run(['route', 'say hello', '--json']);
    expect(routed.code).toBe(0);
    expect(routed.events()[0]).toMatchObject({
      type: 'decision',
      route: expect.stringMatching(/^demo-f/) as string,
    });
    expect(routed.stdout).toContain('health.draining');

    await cli.run(['node', 'disable', 'demo-fast']);
    const last = await cli.run(['node', 'disable', 'demo-flaky']);
    expect([last.code, last.stderr]).toEqual([1, expect.stringContaining('health.lastRoute')]);
    expect(
      (await cli.run(['node', 'disable', 'demo-flaky', '--dry-run', '--yes', '--json'])).stdout,
    ).toContain('"to":"disabled"');
    expect((await cli.run(['node', 'undo', 'demo-strong'])).stdout).toContain('draining → unknown');
    expect((await cli.run(['node', 'undo', 'nowhere'])).stderr).toContain('health.targetUnknown');
  });
});

describe('a drill', () => {
  it('shows where each kind of task would go', async () => {
    const demo = await startDemo(cli);
    const { code, stdout } = await cli.run(['drill', '--json']);
    const drill = JSON.parse(stdout) as { cells: { failure: string; route: string | null }[] };
    expect([code, drill.cells.length]).toEqual([0, 54]);
    const routes = (failure: string) =>
      new Set(drill.cells.filter((cell) => cell.failure === failure).map(({ route }) => route));
    expect([...routes('providerDown')].some((route) => routes('none').has(route))).toBe(false);
    await demo.stop();
  });

  it('causes each failure in the demo fleet with --live, and every task is answered', async () => {
    const { code, stdout, stderr } = await cli.run(['drill', '--live']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^ {2}task +all is well +provider down +offline/m);
    expect(stdout).not.toContain('nowhere');
    expect(stdout).toContain('(attempt 2)');
  });
});

describe('policy and access', () => {
  it('exits with 3 and names the setting when nothing is eligible', async () => {
    writeFileSync(join(cli.home, 'config.jsonc'), '{ "policy": { "deny": ["*"] } } // nothing at all');
    const result = await cli.run(['route', '--json', 'say hello']);
    const events = result.events();
    expect(result.code).toBe(3);
    expect(events.at(-1)).toMatchObject({ type: 'error', code: 'route.none' });
    const candidates = only(events, 'decision')[0]?.['candidates'] as {
      rejected: { code: string; setting: string };
    }[];
    expect(candidates.map((candidate) => candidate.rejected.code)).toEqual(
      candidates.map(() => 'policy.denied'),
    );
    expect(candidates[0]?.rejected.setting).toContain('config.jsonc');
  });

  it('does not use an account that was merely found', async () => {
    const found = new CliHome({ ANTHROPIC_API_KEY: 'sk-ant-canary-0123456789' });
    const { code, stdout } = await found.run(['route', 'say hello']);
    expect(code).toBe(0);
    expect(stdout).toContain('Anthropic (key in the environment, not confirmed)');
    expect(stdout).toContain('access.consentNeeded');
    expect(stdout).toContain('→ demo-');
    expect(stdout).not.toContain('canary');
    await found.dispose();
  });
});

describe('explain', () => {
  it('shows the last decision and replays it bit for bit', async () => {
    await cli.run(['route', 'say hello']);
    const { code, stdout } = await cli.run(['explain', '--verify']);
    expect(code).toBe(0);
    expect(stdout).toContain('replay: identical');
    expect(stdout).toMatch(/attempt on demo-.*succeeded/);
  });
});

describe('one daemon', () => {
  it('is shared by commands, and ends on stop', async () => {
    const serving = cli.start(['serve']);
    await serving.line((line) => line.startsWith('Serving'));
    const second = await cli.run(['serve']);
    expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining('running already') as string });
    const health = await cli.run(['health', '--json']);
    expect(JSON.parse(health.stdout)).toMatchObject({
      daemon: { pid: serving.process.pid, store: { mode: 'sqlite' } },
    });
    expect(await cli.run(['stop'])).toMatchObject({ code: 0, stdout: 'The daemon has ended.\n' });
    expect((await serving.result).code).toBe(0);
    expect(await cli.run(['stop'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('daemon.notRunning') as string,
    });
  });

  it('marks what a killed daemon left running, and resends nothing', async () => {
    const demo = await startDemo(cli);
    const serving = cli.start(['serve']);
    await serving.line((line) => line.startsWith('Serving'));
    for (const server of demo.servers) await setFaults(server, [{ kind: 'hang' }]);
    const task = cli.start(['route', '--json', 'say hello']);
    await task.line((line) => line.includes('"decision"'));
    serving.process.kill('SIGKILL');
    const result = await task.result;
    expect(result.code).toBe(1);
    expect(result.events().at(-1)).toMatchObject({ type: 'error', code: 'daemon.unreachable' });
    const { stdout } = await cli.run(['explain']);
    expect(stdout).toContain('interrupted');
    await demo.stop();
  });
});

describe('bad input', () => {
  it.each([
    [[], 0, /Usage: task-router/],
    [['route'], 2, /task\.empty/],
    [['route', '  '], 2, /task\.empty/],
    [['route', 'x', '--kind', 'sing'], 2, /usage\.invalid.*sing/],
    [['route', 'x', '--file', 'nope.ts'], 2, /task\.fileNotFound.*nope\.ts/],
    [['route', 'x', '--file', 'huge.txt'], 2, /task\.contextTooLarge/],
    [['route', 'x', '--file', 'binary.bin'], 2, /task\.fileBinary/],
    [['route', 'x', '--priority', 'urgent'], 2, /usage\.invalid.*urgent/],
    [['route', 'x', '--frobnicate'], 2, /usage\.invalid/],
    [['explain', 'nope'], 1, /decision\.notFound/],
    [['node', 'dance', 'x'], 2, /usage\.invalid.*drain/],
    [['node', 'drain'], 2, /usage\.invalid/],
    [['dance'], 2, /usage\.invalid.*dance/],
  ] as const)('%j', async (args, code, says) => {
    writeFileSync(join(cli.home, 'huge.txt'), 'x'.repeat(5_000_000));
    writeFileSync(join(cli.home, 'binary.bin'), Buffer.from([0, 1, 2, 3]));
    const result = await cli.run(args);
    expect(`${result.stdout}${result.stderr}`.replaceAll('\n', ' ')).toMatch(says);
    expect(result.code).toBe(code);
    expect(result.stderr).not.toMatch(/\bat .*:\d+:\d+/);
  });

  it.each([
    ['{ "nodes": [', 'config.malformed'],
    ['{ "policy": { "objektive": "cost" } }', 'config.unknownKey'],
    ['{ "policy": { "objective": "cheapest" } }', 'config.invalidValue'],
    [
      '{ "nodes": [{ "id": "x", "provider": "ollama", "baseUrl": "http://models.example" }] }',
      'config.invalidValue',
    ],
  ])('config.jsonc %s', async (text, code) => {
    writeFileSync(join(cli.home, 'config.jsonc'), text);
    const { stdout, stderr } = await cli.run(['health']);
    expect(`${stdout}${stderr}`).toContain(code);
  });
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

describe('resources and budgets', () => {
  it(
    'say on the command line what is short, what a task may not cost, and what was spent',
    {
      timeout: 60_000,
    },
    async () => {
      const demo = await startDemo(cli);
      const prices = { inputPerMTok: 10, outputPerMTok: 50 };
      const model = { id: 'demo-mini', contextWindow: 32_768, maxOutputTokens: 4_096, prices };
      const baseUrl = demo.servers.find(({ id }) => id === 'demo-fast')?.url;
      const limits = { requestsPerMinute: 1 };
      const node = { id: 'team', provider: 'openai-compatible', baseUrl, models: [model], limits };
      const write = (limitUsd: number): void => {
        const budgets = [{ scope: 'user', window: 'day', limitUsd, hard: true }];
        const config = { nodes: [node], budgets, policy: { allow: ['team/*'] } };
        writeFileSync(join(cli.home, 'config.jsonc'), JSON.stringify(config));
      };
      write(0.01);
      // One daemon for all commands: each would otherwise become one.
      const daemon = cli.start(['serve']);
      await daemon.line((line) => line.startsWith('Serving'));
      const refused = await cli.run(['route', 'say hello']);
      expect(refused.code).toBe(4);
      expect(refused.stderr).toContain('budget.exceeded: The task may cost up to $0.21');
      expect(refused.stderr).toContain('raise it in config.jsonc');
      write(5);
      expect((await cli.run(['route', '--priority', 'critical', 'say hello'])).code).toBe(0);
      const short = await cli.run(['route', 'say hello again']);
      expect(short.code).toBe(5);
      expect(short.stdout).toContain('resources: team allows 1 requests a minute; 0 are left, 1 are needed.');
      expect(short.stderr).toMatch(/resources\.shortage: .* Try again in \d+ s\./);
      const spend = await cli.run(['spend']);
      expect(spend.stdout).toMatch(/^Today {7}\$0\.\d+ in 1 call$/m);
      expect(spend.stdout).toMatch(/\$5\.00 a day \(config\.jsonc\) +hard +\$0\.\d+ of \$5\.00 spent/);
      expect(spend.stdout).toMatch(/openai-compatible +1 +\$0\.\d+/);
      const health = await cli.run(['health']);
      expect(health.stdout).toMatch(/requests per minute: 0 of 1 left, again in \d+ s \(config\)/);
      await demo.stop();
    },
  );
});
