/** `task-router` from outside: real processes, real sockets, the demo fleet as the models. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliHome, only, setFaults, startDemo, textOf } from '../support/cli.ts';

let cli: CliHome;
beforeEach(() => {
  cli = new CliHome();
});
afterEach(() => cli.dispose());

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
    expect(stdout).toContain('.env (may hold secrets)');
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

describe('the program', () => {
  it.each([
    [[], 0, /Usage: task-router/],
    [['route', 'x', '--frobnicate'], 2, /usage\.invalid/],
    [['explain', 'nope'], 1, /decision\.notFound/],
  ] as const)('ends with the exit code of %j', async (args, code, says) => {
    const result = await cli.run(args);
    expect([result.code, `${result.stdout}${result.stderr}`]).toEqual([code, expect.stringMatching(says)]);
  });
});
