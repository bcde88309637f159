/**
 * Coding tools as they are installed from npm, each with the settings that `task-router connect` prints for it: nothing is
 * set for a tool that its guide does not say, but that it needs no terminal and may write without asking.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { GuideStep, ToolId } from '@task-router/protocol';

export interface ToolProgram {
  readonly id: ToolId;
  /** The program, as npm links it. */
  readonly program: string;
  /** Puts the guide's settings where it says. */
  readonly settings: (steps: readonly GuideStep[], person: Person) => Promise<void> | void;
  /** Asks once, without a terminal, free to use its tools. */
  readonly ask: (prompt: string) => readonly string[];
  /** How often it asks what a server refuses with 400. */
  readonly asksRefused: number;
  /** A call of its tool that writes a file. */
  readonly write: (path: string, text: string) => { readonly name: string; readonly input: object };
}

export interface ProgramEnd {
  readonly code: number | null;
  /** Both outputs, in the order in which they came. */
  readonly output: string;
}

export interface RunningProgram {
  readonly end: Promise<ProgramEnd>;
  /** Ctrl-C: a terminal tells the program and all that it started. */
  interrupt(): void;
}

/** Somebody at a terminal: a home, a project's folder, and variables that were exported. */
export class Person {
  readonly home = mkdtempSync(join(tmpdir(), 'task-router-person-'));
  readonly project = join(this.home, 'project');
  readonly #binaries: string;
  readonly #exported: Record<string, string> = {};
  readonly #running = new Set<ChildProcess>();

  /** @param binaries folder of the tools' programs */
  constructor(binaries: string) {
    this.#binaries = binaries;
    mkdirSync(this.project);
  }

  save(path: string, text: string): void {
    const file = join(this.home, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** `export NAME=value`, line by line. */
  export(lines: string): void {
    for (const line of lines.split('\n')) {
      const [, name, value] = /^export (\w+)=(.*)$/.exec(line) ?? [];
      if (name === undefined || value === undefined) throw new Error(`no export: ${line}`);
      this.#exported[name] = value;
    }
  }

  start(program: string, args: readonly string[]): RunningProgram {
    const path = [this.#binaries, dirname(process.execPath), process.env['PATH']].join(delimiter);
    const child = spawn(join(this.#binaries, program), args, {
      cwd: this.project,
      env: { HOME: this.home, PATH: path, TERM: 'xterm', ...quiet, ...this.#exported },
      stdio: ['ignore', 'pipe', 'pipe'],
      // What a tool starts in its turn ends with it.
      detached: true,
    });
    this.#running.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => (output += data.toString()));
    const end = once(child, 'close').then(([code]: unknown[]) => {
      this.#running.delete(child);
      return { code: code as number | null, output: plain(output) };
    });
    return { end, interrupt: () => signal(child, 'SIGINT') };
  }

  async dispose(): Promise<void> {
    for (const child of this.#running) {
      signal(child, 'SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
    }
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}

function signal({ pid }: ChildProcess, what: 'SIGINT' | 'SIGKILL'): void {
  if (pid !== undefined) process.kill(-pid, what);
}

/** No updates, no reports: the tools' own words for it. */
const quiet = {
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  OPENCODE_DISABLE_AUTOUPDATE: '1',
  OPENCODE_DISABLE_MODELS_FETCH: '1',
  CONTINUE_TELEMETRY_ENABLED: '0',
  CLINE_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
  PI_OFFLINE: '1',
};

function plain(output: string): string {
  // eslint-disable-next-line no-control-regex -- it is the control characters that go
  return output.replace(/\u001b\[[\d;?]*[A-Za-z]|\u001b\][^\u0007]*\u0007|\r/g, '');
}

/** What the step with these words has to paste. */
function pasted(steps: readonly GuideStep[], words: string): string {
  const step = steps.find(({ text, copy }) => copy !== undefined && text.includes(words));
  if (step?.copy === undefined) throw new Error(`no step has "${words}"`);
  return step.copy.text;
}

const toolPrograms: readonly ToolProgram[] = [
  {
    id: 'claude-code',
    program: 'claude',
    // Each time with something less: a beta, how thinking is shown, the search for tools.
    asksRefused: 6,
    settings: (steps, person) =>
      person.save('.claude/settings.json', pasted(steps, '~/.claude/settings.json')),
    ask: (prompt) => ['-p', prompt, '--permission-mode', 'acceptEdits'],
    write: (path, text) => ({ name: 'Write', input: { file_path: path, content: text } }),
  },
  {
    id: 'opencode',
    program: 'opencode',
    asksRefused: 1,
    settings: (steps, person) =>
      person.save('.config/opencode/opencode.json', pasted(steps, '~/.config/opencode/opencode.json')),
    ask: (prompt) => ['run', '--auto', prompt],
    write: (path, text) => ({ name: 'write', input: { filePath: path, content: text } }),
  },
  {
    id: 'cline',
    program: 'cline',
    asksRefused: 1,
    settings: async (steps, person) => {
      const [program = '', ...args] = pasted(steps, 'command line').split(' ');
      const { code, output } = await person.start(program, args).end;
      if (code !== 0) throw new Error(output);
    },
    ask: (prompt) => [prompt],
    write: (path, text) => ({ name: 'editor', input: { path, new_text: text } }),
  },
  {
    id: 'continue',
    program: 'cn',
    asksRefused: 1,
    settings: (steps, person) => {
      const models = pasted(steps, '~/.continue/config.yaml');
      person.save('.continue/config.yaml', `name: mine\nversion: 1.0.0\nschema: v1\nmodels:\n${models}\n`);
    },
    ask: (prompt) => ['-p', '--auto', prompt],
    write: (path, text) => ({ name: 'Write', input: { filepath: path, content: text } }),
  },
  {
    id: 'pi',
    program: 'pi',
    asksRefused: 1,
    settings: (steps, person) =>
      person.save('.pi/agent/models.json', pasted(steps, '~/.pi/agent/models.json')),
    ask: (prompt) => ['--provider', 'task-router', '--model', 'auto', '-p', prompt],
    write: (path, text) => ({ name: 'write', input: { path, content: text } }),
  },
  {
    id: 'qwen-code',
    program: 'qwen',
    asksRefused: 1,
    settings: (steps, person) => person.export(pasted(steps, 'In the shell')),
    ask: (prompt) => ['--auth-type', 'openai', '--yolo', prompt],
    write: (path, text) => ({ name: 'write_file', input: { file_path: path, content: text } }),
  },
];

/** Those that stand in a folder of programs. */
export function installedIn(binaries: string): readonly ToolProgram[] {
  return toolPrograms.filter(({ program }) => existsSync(join(binaries, program)));
}
