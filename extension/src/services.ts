/** What commands may use: every long-lived part of the extension, made once in compose.ts. */
import type { ExtensionContext, LogOutputChannel } from 'vscode';
import type { Paths } from '@task-router/protocol/node';
import type { EditorTracker } from './context/editor-tracker.ts';
import type { Connection } from './daemon/connection.ts';
import type { DaemonProcess } from './daemon/daemon-process.ts';
import type { DemoFleet } from './daemon/demo-fleet.ts';
import type { WsLink } from './daemon/link.ts';
import type { RouterClient } from './daemon/router-client.ts';
import type { Explanations } from './panel/explanations.ts';
import type { Guides } from './panel/guides.ts';
import type { Panel } from './panel/panel.ts';
import type { Proposals } from './panel/proposals.ts';
import type { Notifier } from './platform/notify.ts';
import type { SessionStore } from './session/session-store.ts';
import type { TaskMemory } from './session/task-memory.ts';
import type { TaskRuns } from './session/task-runs.ts';
import type { Keys } from './settings/keys.ts';

export interface Services {
  readonly context: ExtensionContext;
  readonly paths: Paths;
  readonly log: LogOutputChannel;
  readonly notifier: Notifier;
  readonly connection: Connection<WsLink>;
  readonly client: RouterClient;
  readonly daemon: DaemonProcess;
  readonly demo: DemoFleet;
  readonly store: SessionStore;
  readonly runs: TaskRuns;
  readonly memory: TaskMemory;
  readonly keys: Keys;
  readonly editors: EditorTracker;
  readonly panel: Panel;
  readonly proposals: Proposals;
  readonly explanations: Explanations;
  readonly guides: Guides;
}
