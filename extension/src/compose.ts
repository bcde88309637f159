/**
 * The composition root: makes every long-lived part of the extension and joins them, in reading order. Loaded on first
 * use, so nothing here counts for activation.
 */
import { dirname } from 'node:path';
import {
  Uri,
  window,
  workspace,
  type Disposable,
  type ExtensionContext,
  type TextDocument,
  type WebviewPanel,
} from 'vscode';
import { daemonRequests } from '@task-router/protocol';
import { resolvePaths } from '@task-router/protocol/node';
import { tooLateMessage } from './commands/budget.ts';
import { runCommand, runPanelCommand } from './commands/command-table.ts';
import { versionOf } from './commands/diagnostics.ts';
import { openConfig } from './commands/open-config.ts';
import type { EditorTracker } from './context/editor-tracker.ts';
import { commandIds, endpointSettings, idleTimeoutSetting, type CommandName } from './contributions.ts';
import { isDown } from './daemon/connection-state.ts';
import { Connection } from './daemon/connection.ts';
import { DaemonProcess } from './daemon/daemon-process.ts';
import { DemoFleet } from './daemon/demo-fleet.ts';
import { clientIdOf, hello } from './daemon/hello.ts';
import { installDaemon } from './daemon/install.ts';
import type { WsLink } from './daemon/link.ts';
import { createPorts } from './daemon/ports.ts';
import { RouterClient, connectPatienceMs } from './daemon/router-client.ts';
import type { Rpc } from './daemon/rpc.ts';
import { EditorModels, hasEditorModels } from './models/editor-models.ts';
import { Explanations } from './panel/explanations.ts';
import { Guides } from './panel/guides.ts';
import { Panel } from './panel/panel.ts';
import { Proposals } from './panel/proposals.ts';
import { Disposables } from './platform/disposables.ts';
import { Notifier } from './platform/notify.ts';
import type { Services } from './services.ts';
import { SessionStore } from './session/session-store.ts';
import { TaskMemory } from './session/task-memory.ts';
import { TaskRuns } from './session/task-runs.ts';
import { EndpointWish } from './settings/endpoint-wish.ts';
import { ProxyWish, proxySettings } from './settings/proxy-wish.ts';
import { Keys } from './settings/keys.ts';
import { createVault } from './settings/secret-vault.ts';
import { BudgetQuestions } from './views/budget-prompts.ts';
import { Presenter } from './views/presenter.ts';
import { showRun } from './views/run-progress.ts';
import type { Surfaces, TreeSources } from './views/surfaces.ts';
import { healthSource, tasksSource } from './views/trees.ts';
import { firstAnswer } from './views/first-answer.ts';

/** What activation hands over to once it is needed. */
export interface Extension extends Disposable {
  readonly trees: TreeSources;
  /** Never rejects: what goes wrong is shown. */
  run(name: CommandName, given: readonly unknown[]): Promise<void>;
  /** @param state what the page kept over the reload; of unknown shape */
  adoptPanel(panel: WebviewPanel, state: unknown): void;
  /** A document that may be the developer's configuration is open. */
  documentOpened(document: TextDocument): void;
}

export interface Shell {
  readonly context: ExtensionContext;
  readonly surfaces: Surfaces;
  readonly editors: EditorTracker;
}

export function compose({ context, surfaces, editors }: Shell): Extension {
  const owned = new Disposables();
  const log = owned.add(window.createOutputChannel('Task Router', { log: true }));
  const notifier = new Notifier(log);
  const onListenerError = (error: unknown): void => notifier.logError(error);
  const paths = resolvePaths();
  const version = versionOf(context.extension.packageJSON);
  const clientId = clientIdOf(context.workspaceState);

  // What this window knows.
  const store = new SessionStore(() => void refreshSnapshot(), onListenerError);
  const memory = new TaskMemory(context.workspaceState);
  owned.add(
    store.onDidChange((change) => {
      if (change.type !== 'event' || change.event.event.type !== 'historyCleared') return;
      memory.keepOnly(new Set(store.tasks.map(({ taskId }) => taskId)));
    }),
  );

  // The connection, and the language client that it starts.
  const install = (): Promise<string> =>
    installDaemon({
      distFolder: context.asAbsolutePath('dist'),
      dataFolder: paths.dataFolder,
      version,
      platform: process.platform,
      arch: process.arch,
    });
  const loadRpc = once(async (): Promise<Rpc<WsLink>> => {
    const { createRpc } = await import('./daemon/language-client.ts');
    const rpc = createRpc({
      documentSelector: ['jsonc', 'json'].map((language) => ({
        scheme: 'file',
        language,
        pattern: { baseUri: Uri.file(dirname(paths.configFile)).toString(), pattern: 'config.jsonc' },
      })),
      log,
      hello: () =>
        hello({
          clientId,
          clientVersion: version,
          trusted: workspace.isTrusted,
          editorModels: editorModels !== undefined,
          resume: store.resumePoint,
        }),
      listener: {
        onWelcome: (welcome) => {
          log.info(`Connected to daemon ${welcome.daemonVersion} (${welcome.resume}).`);
          store.welcome(welcome);
          // The proxy first: keys are asked about through it.
          void proxyWish
            .send()
            .then(() => keys.connected(store.snapshot?.wantedKeys ?? []))
            .catch(onListenerError);
          void endpointWish.connected().catch(onListenerError);
          runs.attachToRunning();
        },
        onEvent: (event) => store.apply(event),
      },
    });
    editorModels?.serve(rpc);
    return rpc;
  });
  const connection = new Connection<WsLink>(
    createPorts({ paths, loadRpc, installDaemon: install, daemonArgs }),
  );
  const client = new RouterClient({
    ensure: (patienceMs) => connection.ensure(patienceMs),
    send: async (method, params, signal) => (await loadRpc()).send(method, params, signal),
  });
  const refreshSnapshot = async (): Promise<void> => {
    try {
      store.replace(await client.request(daemonRequests.snapshot, {}));
    } catch (error) {
      // The next connection brings a snapshot of its own.
      onListenerError(error);
    }
  };

  // What works over it.
  const runs = new TaskRuns(
    {
      route: (params, signal) => client.request(daemonRequests.route, params, { signal }),
      whenConnected: () => connection.ensure(reconnectPatienceMs),
    },
    store,
    onListenerError,
  );
  const keys = new Keys({
    vault: createVault(context.secrets),
    environment: process.env,
    isTrusted: () => workspace.isTrusted,
    setKey: (params) => client.request(daemonRequests.setKey, params, { timeoutMs: keyCheckTimeoutMs }),
    warn: (message) => log.warn(message),
  });
  const proxyWish = new ProxyWish({
    read: ownSetting,
    environment: process.env,
    isTrusted: () => workspace.isTrusted,
    setProxy: (params) => client.request(daemonRequests.setProxy, params),
    warn: (message) => log.warn(message),
  });
  const endpointWish = new EndpointWish({
    read: () => ({
      enabled: ownSetting(endpointSettings.enabled),
      port: ownSetting(endpointSettings.port),
    }),
    isTrusted: () => workspace.isTrusted,
    configure: (settings) => client.request(daemonRequests.configureEndpoint, settings),
    tell: ({ message, next }) =>
      notifier.warn(`${message} ${next}`, { title: 'Show Health', command: commandIds.showHealth }),
  });
  const editorModels = hasEditorModels()
    ? owned.add(
        new EditorModels({
          access: context.languageModelAccessInformation,
          hasOwnTask: () => runs.count > 0,
        }),
      )
    : undefined;
  const daemon = new DaemonProcess({
    paths,
    connection,
    clientVersion: version,
    askToStop: async () => (await loadRpc()).stopDaemon(),
  });
  const demo = owned.add(
    new DemoFleet({
      installDaemon: install,
      execPath: process.execPath,
      environment: process.env,
      log: (line) => log.info(line),
    }),
  );

  // What is seen.
  const panel = owned.add(
    new Panel({
      extensionUri: context.extensionUri,
      store,
      memory,
      connection,
      warn: (text) => log.warn(text),
      onCommand: (command) => void attempt(() => runPanelCommand(services, command)),
    }),
  );
  const services: Services = {
    context,
    paths,
    log,
    notifier,
    connection,
    client,
    daemon,
    demo,
    store,
    runs,
    memory,
    keys,
    editors,
    panel,
    proposals: owned.add(new Proposals()),
    explanations: owned.add(new Explanations(client)),
    guides: owned.add(new Guides()),
  };
  const facts = { hasStoredKey: false };
  const presenter = owned.add(
    new Presenter({ surfaces, store, connection, facts: () => ({ ...facts, demoRuns: demo.isRunning }) }),
  );
  const ready = (): Promise<void> => firstAnswer(connection, store);

  // What follows from what.
  owned.add(runs.onDidBegin((run) => showRun(run, notifier)));
  owned.add(
    new BudgetQuestions(
      {
        ask: (message, buttons) => window.showWarningMessage(message, ...buttons),
        warn: (message) =>
          notifier.warn(message, { title: 'Open Configuration', command: commandIds.openConfig }),
        allowOnce: async (taskId, questionId) => {
          const params = { taskId, questionId, answer: 'allowOnce' } as const;
          return (await client.request(daemonRequests.answer, params)).accepted;
        },
        raise: () => openConfig(services),
        cancel: (taskId) => void runs.cancel(taskId),
        tooLate: () => notifier.info(tooLateMessage),
        onError: (error) => notifier.error(error),
      },
      store,
    ).start(),
  );
  owned.add(demo.onDidChange(() => presenter.update()));
  const countKeys = async (): Promise<void> => {
    facts.hasStoredKey = (await keys.storedNodeIds()).length > 0;
    presenter.update();
  };
  owned.add(keys.onDidChange(() => void countKeys().catch(onListenerError)));
  void countKeys().catch(onListenerError);
  owned.add(
    store.onDidChange((change) => {
      if (change.type === 'event' && change.event.event.type === 'config') {
        void keys.wanted(change.event.event.wantedKeys).catch(onListenerError);
      }
    }),
  );
  owned.add(
    connection.onDidChange((state) => {
      log.debug(`Connection: ${state.type}${'error' in state ? `, ${state.error.message}` : ''}`);
      if (state.type !== 'connected') store.disconnected();
      if (state.type === 'failed' && state.crashing) notifier.error(state.error);
    }),
  );
  owned.add(
    workspace.onDidChangeConfiguration((change) => {
      const isOurs = Object.values(endpointSettings).some((name) => change.affectsConfiguration(name));
      // A daemon that is not running is not started for it: the next connection brings the settings.
      if (isOurs && connection.state.type === 'connected') void attempt(() => endpointWish.send());
      const isWayOut = Object.values(proxySettings).some((name) => change.affectsConfiguration(name));
      if (isWayOut && connection.state.type === 'connected') void proxyWish.send();
    }),
  );
  owned.add(
    workspace.onDidGrantWorkspaceTrust(() => {
      // The daemon was told at the handshake that it must not route for this window.
      if (connection.state.type === 'connected') void attempt(() => connection.reconnect(connectPatienceMs));
    }),
  );

  async function attempt(action: () => unknown): Promise<void> {
    try {
      await action();
    } catch (error) {
      notifier.error(error);
    }
  }

  return {
    trees: {
      health: healthSource({ store, ready, isAlive: () => !isDown(connection.state) }),
      tasks: tasksSource(store, ready),
    },
    run: (name, given) => attempt(() => runCommand(services, name, given)),
    adoptPanel: (webviewPanel, state) => {
      panel.restore(webviewPanel, state);
      connection.wake();
    },
    documentOpened: ({ uri }) => {
      if (uri.fsPath === paths.configFile) connection.wake();
    },
    dispose: () => {
      connection.dispose();
      owned.dispose();
    },
  };
}

/** A task outlives its connection; beyond this its answer has to be looked for in the history. */
const reconnectPatienceMs = 10 * 60_000;
/** A provider may take its time to refuse a key. */
const keyCheckTimeoutMs = 45_000;

/** The developer's own value only: a repository has no say. */
function ownSetting(name: string): unknown {
  return workspace.getConfiguration().inspect(name)?.globalValue;
}

function daemonArgs(): string[] {
  const minutes = ownSetting(idleTimeoutSetting);
  const isUsable = typeof minutes === 'number' && Number.isFinite(minutes) && minutes >= 0;
  return isUsable ? ['serve', '--idle-minutes', String(minutes)] : ['serve'];
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
