/** What single commands of `task-router` say and do, each with a daemon of its own or one that they share. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { only } from '../support/cli.ts';
import { CliHere } from '../support/cli-here.ts';

let cli: CliHere;
beforeEach(() => {
  cli = new CliHere();
});
afterEach(() => cli.dispose());

describe('a node by hand', () => {
  it('is taken out of use and back, also over commands that are each their own daemon', async () => {
    await cli.demo();
    const drained = await cli.run(['node', 'drain', 'demo-strong']);
    expect([drained.code, drained.stdout]).toEqual([
      0,
      expect.stringMatching(/^demo-strong was drained\.\n.*demo-strong\/demo-large +not tried yet → drained/),
    ]);
    expect((await cli.run(['health'])).stdout).toMatch(/demo-large +drained/);
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
    expect((await cli.run(['node', 'undo', 'demo-strong'])).stdout).toContain('drained → not tried yet');
    expect((await cli.run(['node', 'undo', 'nowhere'])).stderr).toContain('health.targetUnknown');
  });
});

describe('a drill', () => {
  it('shows where each kind of task would go', async () => {
    await cli.demo();
    const { code, stdout } = await cli.run(['drill', '--json']);
    const drill = JSON.parse(stdout) as { cells: { failure: string; route: string | null }[] };
    expect([code, drill.cells.length]).toEqual([0, 54]);
    const routes = (failure: string) =>
      new Set(drill.cells.filter((cell) => cell.failure === failure).map(({ route }) => route));
    expect([...routes('providerDown')].some((route) => routes('none').has(route))).toBe(false);
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
    const found = new CliHere({ ANTHROPIC_API_KEY: 'sk-ant-canary-0123456789' });
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
    expect(stdout).toContain('decided again: the same, bit for bit');
    expect(stdout).toMatch(/attempt on demo-.*succeeded/);
  });
});

describe('resources and budgets', () => {
  it('say on the command line what is short, what a task may not cost, and what was spent', async () => {
    const servers = await cli.demo();
    const prices = { inputPerMTok: 10, outputPerMTok: 50 };
    const model = { id: 'demo-mini', contextWindow: 32_768, maxOutputTokens: 4_096, prices };
    const baseUrl = servers.find(({ id }) => id === 'demo-fast')?.baseUrl;
    const limits = { requestsPerMinute: 1 };
    const node = { id: 'team', provider: 'openai-compatible', baseUrl, models: [model], limits };
    const write = (limitUsd: number): void => {
      const budgets = [{ scope: 'user', window: 'day', limitUsd, hard: true }];
      const config = { nodes: [node], budgets, policy: { allow: ['team/*'] } };
      writeFileSync(join(cli.home, 'config.jsonc'), JSON.stringify(config));
    };
    write(0.01);
    // One daemon for all commands: each would otherwise become one.
    await cli.serve();
    const refused = await cli.run(['route', 'say hello']);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('budget.exceeded: The task may cost up to $0.21');
    expect(refused.stderr).toContain('raise it (in config.jsonc;');
    write(5);
    expect((await cli.run(['route', '--priority', 'critical', 'say hello'])).code).toBe(0);
    const short = await cli.run(['route', 'say hello again']);
    expect(short.code).toBe(5);
    expect(short.stdout).toContain('resources: team allows 1 requests a minute; 0 are left, 1 are needed.');
    expect(short.stderr).toMatch(/resources\.shortage: .* Try again in \d+ s\./);
    const spend = await cli.run(['spend']);
    expect(spend.stdout).toMatch(/^Today {7}\$0\.\d+ in 1 call$/m);
    expect(spend.stdout).toMatch(/\$5\.00 a day \(config\.jsonc\) +stops tasks +\$0\.\d+ of \$5\.00 spent/);
    expect(spend.stdout).toMatch(/openai-compatible +1 +\$0\.\d+/);
    const health = await cli.run(['health']);
    expect(health.stdout).toMatch(/requests per minute: 0 of 1 left, again in \d+ s \(config\)/);
  });
});
