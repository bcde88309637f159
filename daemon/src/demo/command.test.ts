/** The fleet as processes: what the command prints, and that no process outlives the one that started it. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { runDemoCommand } from './command.ts';
import { controlTokenHeader } from './control.ts';
import { demoProfiles } from './profiles.ts';
import { startDemoServer } from './server.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const entry = join(here, 'child.ts');

const lineSchema = z.object({
  id: z.string(),
  pid: z.int(),
  url: z.string(),
  controlUrl: z.string(),
  controlToken: z.string(),
});
type Line = z.infer<typeof lineSchema>;

const readLines = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => lineSchema.parse(JSON.parse(line)));

/** Runs the command in this process until `use` returns. */
async function withCommand(json: boolean, use: (printed: () => string) => Promise<void>): Promise<number> {
  const controller = new AbortController();
  let text = '';
  const ended = runDemoCommand({
    json,
    entry,
    speed: 0,
    signal: controller.signal,
    write: (piece) => (text += piece),
  });
  try {
    await vi.waitFor(() => expect(text).not.toBe(''), { timeout: 15_000 });
    await use(() => text);
  } finally {
    controller.abort();
    await ended;
  }
  return ended;
}

/** True while the process runs; one that ended but was not yet collected by its parent does not. */
async function runs(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return !stat.includes(') Z ');
}

async function noneRuns(lines: readonly Line[]): Promise<void> {
  await vi.waitFor(
    async () => expect(await Promise.all(lines.map(({ pid }) => runs(pid)))).toEqual([false, false, false]),
    { timeout: 10_000 },
  );
}

describe('task-router demo', () => {
  it('prints one JSON line a server, each a process of its own that answers, and ends them all', async () => {
    let lines: Line[] = [];
    const code = await withCommand(true, async (printed) => {
      lines = readLines(printed());
      expect(lines.map(({ id }) => id)).toEqual(['demo-fast', 'demo-strong', 'demo-flaky']);
      expect(new Set([process.pid, ...lines.map(({ pid }) => pid)]).size).toBe(4);
      for (const { url, id } of lines)
        expect((await fetch(id === 'demo-flaky' ? `${url}/api/tags` : `${url}/models`)).status).toBe(200);
    });
    expect(code).toBe(0);
    await noneRuns(lines);
  });

  it('killing one pid ends one server and no other', async () => {
    await withCommand(true, async (printed) => {
      const [fast, strong] = readLines(printed()) as [Line, Line];
      process.kill(fast.pid, 'SIGKILL');
      await vi.waitFor(() => expect(fetch(`${fast.url}/models`)).rejects.toThrow());
      expect((await fetch(`${strong.url}/models`)).status).toBe(200);
    });
  });

  it('a server that a fault stops ends with its process', async () => {
    await withCommand(true, async (printed) => {
      const [fast] = readLines(printed()) as [Line];
      const faults = await fetch(`${fast.controlUrl}/faults`, {
        method: 'POST',
        headers: { [controlTokenHeader]: fast.controlToken },
        body: JSON.stringify({ action: 'append', faults: [{ kind: 'stop' }] }),
      });
      expect(faults.status).toBe(200);
      const body = JSON.stringify({ model: 'demo-mini', messages: [{ role: 'user', content: 'Hello' }] });
      await expect(fetch(`${fast.url}/chat/completions`, { method: 'POST', body })).rejects.toThrow();
      await vi.waitFor(async () => expect(await runs(fast.pid)).toBe(false));
    });
  });

  it('prints a table for people', async () => {
    await withCommand(false, async (printed) => {
      expect(printed()).toMatch(/no real model/);
      expect(printed()).toMatch(
        /demo-strong +anthropic +http:\/\/127\.0\.0\.1:\d+\/v1 +\d+ +demo-large +slow, thorough answers/,
      );
      expect(printed()).not.toMatch(/[0-9a-f]{32}/);
    });
  });

  it.each([true, false])(
    'says so when a server can’t start, ends the others and returns 1 (json %s)',
    async (json) => {
      const holder = await startDemoServer(demoProfiles['demo-fast']);
      try {
        let text = '';
        const ports = { 'demo-strong': Number(new URL(holder.baseUrl).port) };
        const options = { json, entry, ports, signal: new AbortController().signal };
        expect(await runDemoCommand({ ...options, write: (piece) => (text += piece) })).toBe(1);
        expect(text).toMatch(
          json ? /^\{"error":"The demo fleet could not be started/ : /^The demo fleet could not be started/,
        );
      } finally {
        await holder.stop();
      }
    },
  );
});

describe('a parent that is killed', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'demo-fleet-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  /** A stand-in for the CLI with both subcommands, as sources or bundled as the daemon is. */
  const program = `
    import { demoServerCommand, runDemoCommand, runDemoServerProcess } from '${join(here, 'index.ts').replaceAll('\\', '/')}';
    const [command, ...rest] = process.argv.slice(2);
    const run = command === demoServerCommand
      ? runDemoServerProcess(rest)
      : runDemoCommand({ json: true, entry: process.argv[1], signal: new AbortController().signal, write: (text) => process.stdout.write(text) });
    run.then((code) => { process.exitCode = code; });
  `;

  async function killedParentLeavesNothing(file: string): Promise<void> {
    const parent = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: Line[] = [];
    try {
      for await (const line of createInterface({ input: parent.stdout })) {
        lines.push(lineSchema.parse(JSON.parse(line)));
        if (lines.length === 3) break;
      }
      expect(await Promise.all(lines.map(({ pid }) => runs(pid)))).toEqual([true, true, true]);
      parent.kill('SIGKILL');
      await noneRuns(lines);
      for (const { url } of lines) await expect(fetch(url)).rejects.toThrow();
    } finally {
      parent.kill('SIGKILL');
      // Where the claim is false, the test at least leaves nothing behind itself.
      for (const { pid } of lines) if (await runs(pid)) process.kill(pid, 'SIGKILL');
    }
  }

  it('leaves no process behind, run from the sources', async () => {
    const file = join(folder, 'cli.mts');
    await writeFile(file, program);
    await killedParentLeavesNothing(file);
  });

  it('leaves no process behind, bundled into one CommonJS file', async () => {
    const file = join(folder, 'cli.cjs');
    const result = await build({
      stdin: { contents: program, resolveDir: here },
      bundle: true,
      platform: 'node',
      format: 'cjs',
      outfile: file,
      logLevel: 'silent',
    });
    expect(result.warnings).toEqual([]);
    await killedParentLeavesNothing(file);
  });
});
