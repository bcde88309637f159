/**
 * Real coding tools, unmodified, with the settings that `task-router connect` prints, against a real `task-router serve`
 * before scripted servers: an answer, a file written by a tool, Ctrl-C, a server that dies in mid-answer, a budget that is
 * spent, a key that was revoked.
 *
 * It needs the tools, which are not dependencies: `TASK_ROUTER_TOOLS` names a folder in which they are installed
 * (`npm install cline @continuedev/cli …` there). A tool that is not there is skipped, and without the variable all are.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GuideStep } from '@task-router/protocol';
import { CliHome } from '../support/cli.ts';
import { freePort } from '../support/endpoint-stage.ts';
import { scriptedKinds } from '../support/scripted-home.ts';
import { startScriptedProvider } from '../support/scripted-provider.ts';
import type {
  ScriptedAnswer,
  ScriptedProvider,
  ScriptedRefusal,
  SeenRequest,
} from '../support/scripted-provider.ts';
import { Person, installedIn } from '../support/tool-programs.ts';
import type { ProgramEnd, ToolProgram } from '../support/tool-programs.ts';

const folder = process.env['TASK_ROUTER_TOOLS'];
const binaries = folder === undefined ? null : join(folder, 'node_modules/.bin');
const programs = binaries === null ? [] : installedIn(binaries);

const prompt = 'Say what there is to say.';
const sentence = 'BEGIN one two three four five six seven eight nine ten eleven twelve END.';

let cli: CliHome;
let port: number;
let person: Person;
let servers: ScriptedProvider[];

/** Two servers of a format as nodes of a daemon that stays. */
async function serve(format: (typeof scriptedKinds)[number]['format'], prices?: object): Promise<void> {
  servers = [await startScriptedProvider(format), await startScriptedProvider(format)];
  const { provider, model } = scriptedKinds.find((kind) => kind.format === format) ?? scriptedKinds[0];
  const capabilities = { tools: true, vision: true, reasoning: true, structuredOutput: true };
  const sizes = { contextWindow: 200_000, maxOutputTokens: 64_000, capabilities };
  const config = {
    discovery: { localServers: false, environmentKeys: false },
    endpoint: { enabled: true, port },
    policy: { explore: false },
    nodes: servers.map(({ baseUrl }, at) => ({
      ...{ id: `n${at}`, provider, baseUrl },
      models: [{ id: model, ...sizes, ...(prices !== undefined && { prices }) }],
    })),
  };
  writeFileSync(join(cli.home, 'config.jsonc'), JSON.stringify(config));
  answering({ text: sentence });
  await cli.start(['serve', '--idle-minutes', '0']).line((line) => line.startsWith('Serving'));
}

function answering(answer: ScriptedAnswer | ScriptedRefusal, first = answer): void {
  let isFirst = true;
  for (const server of servers) {
    server.reply = (at) => {
      // Titles and the like are asked for without tools.
      const isTask = offersTools(server.requests[at]);
      const reply = isTask && isFirst ? first : answer;
      if (isTask) isFirst = false;
      return 'status' in reply
        ? reply
        : { ...reply, usage: { input: sizeOf(server.requests[at]), cached: 0, output: 20 } };
    };
  }
}

/** In tokens, as far as a server's count is believed. */
function sizeOf(request: SeenRequest | undefined): number {
  return Math.ceil(JSON.stringify(request?.body).length / 4);
}

function offersTools(request: SeenRequest | undefined): boolean {
  const tools = request?.body['tools'];
  return Array.isArray(tools) && tools.length > 0;
}

function tasks(): SeenRequest[] {
  return servers.flatMap(({ requests }) => requests).filter(offersTools);
}

/** @param limits of a key that was made beforehand, in the place of the one that comes with the settings */
async function connect(program: ToolProgram, limits?: readonly string[]): Promise<string> {
  const { stdout } = await cli.run(['connect', program.id, '--json']);
  const made = JSON.parse(stdout) as { key: string; keyId: string; steps: readonly GuideStep[] };
  if (limits === undefined) {
    await program.settings(made.steps, person);
    return made.keyId;
  }
  const [{ key }] = (await cli.run(['keys', 'create', 'narrow', ...limits, '--json'])).events() as never as [
    { key: string },
  ];
  const steps = JSON.parse(JSON.stringify(made.steps).replaceAll(made.key, key)) as readonly GuideStep[];
  await program.settings(steps, person);
  return made.keyId;
}

function ask(program: ToolProgram): Promise<ProgramEnd> {
  return person.start(program.program, program.ask(prompt)).end;
}

it.skipIf(folder === undefined)('there are tools in the folder that TASK_ROUTER_TOOLS names', () => {
  expect(programs).not.toEqual([]);
});

describe.each(programs)('$id', (program) => {
  beforeEach(async () => {
    cli = new CliHome();
    port = await freePort();
    person = new Person(binaries ?? '');
    servers = [];
  });
  afterEach(async () => {
    await person.dispose();
    await cli.dispose();
    await Promise.all(servers.map((server) => server.stop()));
  });

  describe.each(scriptedKinds)('to a server of $format', ({ format }) => {
    it('shows an answer, which stands in the history under the name of its key', async () => {
      await serve(format);
      await connect(program);
      const { code, output } = await ask(program);
      expect([code, output]).toEqual([0, expect.stringContaining(sentence)]);
      expect((await cli.run(['keys'])).stdout).toMatch(/[1-9]\d* requests? today/);
    });

    it('writes a file with its tool, and goes on with the result', async () => {
      await serve(format);
      await connect(program);
      const path = join(person.project, 'made.txt');
      const { name, input } = program.write(path, 'written by a tool\n');
      answering({ text: sentence }, { text: 'I write.', calls: [{ id: 'toolu_0123456789', name, input }] });
      const { code, output } = await ask(program);
      expect([code, output]).toEqual([0, expect.stringContaining(sentence)]);
      expect(existsSync(path) ? readFileSync(path, 'utf8') : 'no file').toBe('written by a tool\n');
    });

    it('shows the answer of a model that thinks first', async () => {
      await serve(format);
      await connect(program);
      answering({ thinking: 'Let me see what there is.', text: sentence });
      const { code, output } = await ask(program);
      expect([code, output]).toEqual([0, expect.stringContaining(sentence)]);
    });

    it('shows in the server’s words why a request is refused, and does not insist', async () => {
      await serve(format);
      await connect(program);
      answering({ status: 400, message: 'This model takes no garnish.' });
      const { output } = await ask(program);
      expect(output).toContain('garnish');
      expect(tasks().length).toBe(program.asksRefused);
    });

    it('is stopped by Ctrl-C, and its call with it', async () => {
      await serve(format);
      await connect(program);
      answering({ text: sentence, after: { events: 6, does: 'hang' } });
      const running = person.start(program.program, program.ask(prompt));
      await expect.poll(() => tasks().length, { timeout: 60_000 }).toBe(1);
      running.interrupt();
      await expect.poll(() => tasks()[0]?.wasLeft).toBe(true);
      await running.end;
    });

    it('shows one whole answer where the first server dies in the middle of it', async () => {
      await serve(format);
      await connect(program);
      answering({ text: sentence }, { text: sentence, after: { events: 8, does: 'die' } });
      const { code, output } = await ask(program);
      expect([code, output]).toEqual([0, expect.stringContaining(sentence)]);
      expect(output.split('BEGIN').length).toBe(2);
      expect(tasks().some(({ wasLeft }) => wasLeft)).toBe(true);
    });
  });

  it('says that its key is in force no more, and what to do', async () => {
    await serve('openai-chat');
    const keyId = await connect(program);
    await cli.run(['keys', 'revoke', keyId]);
    const { output } = await ask(program);
    expect(output).toContain('no key that is in force');
    expect(output).toContain('connect');
    expect(tasks()).toEqual([]);
  });

  it('says that a budget is spent, and what to do', async () => {
    await serve('openai-chat', { inputPerMTok: 1000, outputPerMTok: 1000 });
    await connect(program, ['--budget', '0.01']);
    const { output } = await ask(program);
    expect(output).toContain('budget');
    expect(tasks()).toEqual([]);
  });
});
