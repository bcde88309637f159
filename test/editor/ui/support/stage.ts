/**
 * What every test of the editor stands on: a VS Code with the packaged extension, a browser that shows its window, a
 * project in a temp folder, and the demo fleet as the models, all in a `TASK_ROUTER_HOME` of their own. One stage serves
 * a whole file, because a window takes seconds to open.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, inject } from 'vitest';
import * as z from 'zod';
import { CliHome, setFaults, startDemo, type DemoServerLine } from '../../../support/cli.ts';
import { launchBrowser, openWorkbench, type TestBrowser } from '../../host/browser.ts';
import type { EditorSettings, Environment } from '../../host/profile.ts';
import { startEditor, type TestEditor } from '../../host/server.ts';
import { keepEvidence } from './evidence.ts';
import { project, type Files } from './project.ts';

export interface StageOptions {
  /** The folders of the first window by name; none: a window without a folder. Default: one, with a small project. */
  readonly folders?: Readonly<Record<string, Files>>;
  /** Folders that are there but not in the first window. */
  readonly otherFolders?: Readonly<Record<string, Files>>;
  /** Starts the demo fleet before the editor. Default: true. */
  readonly hasFleet?: boolean;
  /** The text of config.jsonc. */
  readonly config?: string;
  readonly settings?: EditorSettings;
  readonly env?: Environment;
  /** True: a new folder opens in restricted mode. */
  readonly workspaceTrust?: boolean;
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Folder with further unpacked extensions, each in a folder of its own. */
  readonly extensionsDir?: string;
  /** Lets extensions use the editor's proposed interfaces, as they may while they are developed. */
  readonly enabledProposals?: boolean;
}

export type ServerId = 'demo-fast' | 'demo-strong' | 'demo-flaky';

interface Parts {
  readonly editor: TestEditor;
  readonly browser: TestBrowser;
  readonly page: Page;
  /** Holds the folders. */
  readonly root: string;
  readonly cli: CliHome;
}

const discoverySchema = z.object({ pid: z.int() });

class Stage {
  readonly #options: StageOptions;
  readonly #release: (() => Promise<unknown>)[] = [];
  #parts: Parts | undefined;
  #servers: readonly DemoServerLine[] = [];

  constructor(options: StageOptions) {
    this.#options = options;
  }

  get editor(): TestEditor {
    return this.#ready().editor;
  }

  /** The first window. */
  get page(): Page {
    return this.#ready().page;
  }

  /** `task-router` on the command line, in the same home. */
  get cli(): CliHome {
    return this.#ready().cli;
  }

  /** `TASK_ROUTER_HOME` */
  get home(): string {
    return this.#ready().cli.home;
  }

  folder(name: string): string {
    return join(this.#ready().root, name);
  }

  server(id: ServerId): DemoServerLine {
    const found = this.#servers.find((server) => server.id === id);
    if (found === undefined) throw new Error(`There is no ${id} in this stage.`);
    return found;
  }

  /** The demo server of a route, by the route's label or id. */
  serverOf(route: string): DemoServerLine {
    const found = this.#servers.find(({ id }) => route.includes(id));
    if (found === undefined) throw new Error(`No demo server serves ${route}.`);
    return found;
  }

  /** Plans the same faults for the next answers of each server that still runs; none: all is well again. */
  async fault(...faults: readonly object[]): Promise<void> {
    const alive = this.#servers.filter(({ pid }) => existsSync(`/proc/${pid}`));
    await Promise.all(alive.map((server) => setFaults(server, faults)));
  }

  /** Opens a further window on some of the stage's folders. */
  async openWindow(...folders: readonly string[]): Promise<Page> {
    const { browser, editor } = this.#ready();
    const page = await browser.newPage();
    await openWorkbench(page, await editor.url(...folders.map((name) => this.folder(name))));
    return page;
  }

  /** The process that daemon.json names; undefined when there is none. */
  get daemonPid(): number | undefined {
    const path = join(this.home, 'run', 'daemon.json');
    return existsSync(path) ? discoverySchema.parse(JSON.parse(readFileSync(path, 'utf8'))).pid : undefined;
  }

  /** Every daemon process that was started from this editor and still runs. */
  daemonPids(): number[] {
    return this.editor
      .detached()
      .filter(({ command }) => / serve\b/.test(command))
      .map(({ pid }) => pid);
  }

  async setUp(): Promise<void> {
    const { folders = { shop: project }, otherFolders = {}, config, hasFleet = true } = this.#options;
    const root = await mkdtemp(join(tmpdir(), 'task-router-stage-'));
    this.#release.push(() => rm(root, { recursive: true, force: true, maxRetries: 5 }));
    for (const [name, files] of Object.entries({ ...otherFolders, ...folders })) {
      await mkdir(join(root, name), { recursive: true });
      for (const [path, content] of Object.entries(files)) await put(join(root, name, path), content);
    }
    const cli = new CliHome();
    this.#release.push(() => cli.dispose());
    if (config !== undefined) await put(join(cli.home, 'config.jsonc'), config);
    if (hasFleet) this.#servers = (await startDemo(cli)).servers;

    const { settings, env, workspaceTrust, viewport, extensionsDir, enabledProposals } = this.#options;
    const editor = await startEditor({
      vsix: inject('vsix'),
      folders: Object.keys(folders).map((name) => join(root, name)),
      env: { ...env, TASK_ROUTER_HOME: cli.home },
      // As on the desktop; in a browser the editor would save by itself.
      settings: { 'files.autoSave': 'off', ...settings },
      ...(workspaceTrust !== undefined && { workspaceTrust }),
      ...(extensionsDir !== undefined && { extensionsDir }),
      // Without it the window ignores its payload.
      ...(enabledProposals === true && { flags: ['--enable-smoke-test-driver'] }),
    });
    this.#release.push(() => editor.dispose());
    const browser = await launchBrowser(viewport && { viewport });
    this.#release.push(() => browser.dispose());
    const page = await browser.newPage();
    this.#parts = { editor, browser, page, root, cli };
    const payload =
      enabledProposals === true ? `&payload=${encodeURIComponent('[["enableProposedApi",""]]')}` : '';
    await openWorkbench(page, (await editor.url()) + payload);
  }

  async tearDown(): Promise<void> {
    for (const release of this.#release.splice(0).reverse()) await release();
  }

  /** Writes down what can be seen of a failure. */
  async keepEvidence(test: string): Promise<void> {
    if (this.#parts === undefined) return;
    const { browser, editor, cli } = this.#parts;
    await keepEvidence(test, {
      pages: browser.context.pages(),
      home: cli.home,
      editorOutput: editor.output(),
    });
  }

  #ready(): Parts {
    if (this.#parts === undefined) throw new Error('The stage is not set up yet.');
    return this.#parts;
  }
}

/** A stage for all tests of the calling file. */
export function useStage(options: StageOptions = {}): Stage {
  const stage = new Stage(options);
  beforeAll(() => stage.setUp());
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await stage.keepEvidence(task.name);
  });
  afterAll(() => stage.tearDown());
  return stage;
}

async function put(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}
