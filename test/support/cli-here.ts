/**
 * Commands in the test's own process: the same code from the arguments to the exit code, without the half second that a
 * program takes to start. What only a process shows (its end, its signals, its streams) is `CliHome.start`'s.
 */
import { ensureRuntimeFolder, resolvePaths } from '@task-router/protocol/node';
import { runCommand } from '../../daemon/src/cli/run-command.ts';
import { startDemoFleet } from '../../daemon/src/demo/index.ts';
import type { DemoServer } from '../../daemon/src/demo/index.ts';
import { writeDemoAnnouncement } from '../../daemon/src/dispatch/nodes/demo-announcement.ts';
import { CliHome, cliResult, main } from './cli.ts';
import type { CliResult } from './cli.ts';

interface HereOptions {
  readonly folder?: string;
  readonly env?: Record<string, string>;
}

export class CliHere extends CliHome {
  readonly #ends: (() => Promise<unknown>)[] = [];

  override run(args: readonly string[], options: HereOptions = {}): Promise<CliResult> {
    return this.#begin(args, options, new AbortController().signal);
  }

  /** `task-router serve` until the test ends; resolves when it serves. */
  async serve(env: Record<string, string> = {}): Promise<void> {
    const ended = new AbortController();
    await new Promise<void>((resolve, reject) => {
      const serving = this.#begin(['serve', '--idle-minutes', '0'], { env }, ended.signal, (text) => {
        if (text.startsWith('Serving')) resolve();
      });
      serving.then(({ stdout, stderr }) => reject(new Error(`${stdout}${stderr}`)), reject);
      this.#ends.push(() => {
        ended.abort();
        return serving;
      });
    });
  }

  /** What `task-router demo` starts, known to the daemons of this home. */
  async demo(): Promise<readonly DemoServer[]> {
    const fleet = await startDemoFleet();
    this.#ends.push(() => fleet.dispose());
    const paths = resolvePaths(this.env);
    ensureRuntimeFolder(paths);
    writeDemoAnnouncement(paths.demoFile, {
      servers: fleet.servers.map(({ id, provider, baseUrl, models }) => ({
        ...{ id, provider, baseUrl, models: models.map((model) => model.id) },
      })),
    });
    return fleet.servers;
  }

  override async dispose(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
    await super.dispose();
  }

  async #begin(
    args: readonly string[],
    { folder = this.home, env = {} }: HereOptions,
    signal: AbortSignal,
    onText: (text: string) => void = () => undefined,
  ): Promise<CliResult> {
    let stdout = '';
    let stderr = '';
    const write = (text: string): void => {
      stdout += text;
      onText(text);
    };
    const code = await runCommand({
      argv: args,
      entry: main,
      env: { ...this.env, ...env },
      folder,
      paths: resolvePaths(this.env),
      output: {
        isTerminal: false,
        hasStyles: false,
        columns: Infinity,
        write,
        line: (text = '') => write(`${text}\n`),
        json: (value) => write(`${JSON.stringify(value)}\n`),
        problem: (text) => {
          stderr += `${text}\n`;
        },
      },
      signal,
    });
    return cliResult(code, stdout, stderr);
  }
}
