/** `task-router demo`: runs the fleet and makes it known to the daemon for as long as it runs. */
import { ensureRuntimeFolder } from '@task-router/protocol/node';
import type { Paths } from '@task-router/protocol/node';
import { runDemoCommand } from '../../demo/index.ts';
import { removeDemoAnnouncement, writeDemoAnnouncement } from '../../dispatch/nodes/demo-announcement.ts';
import type { Output } from '../output.ts';

export async function demoCommand(options: {
  readonly json: boolean;
  readonly entry: string;
  readonly paths: Paths;
  readonly output: Output;
  readonly signal: AbortSignal;
}): Promise<number> {
  const { json, entry, paths, output, signal } = options;
  ensureRuntimeFolder(paths);
  try {
    return await runDemoCommand({
      json,
      entry,
      signal,
      write: (text) => {
        output.write(text);
      },
      onReady: (servers) => {
        writeDemoAnnouncement(paths.demoFile, {
          servers: servers.map(({ id, provider, url, models }) => ({
            id,
            provider,
            baseUrl: url,
            models: [...models],
          })),
        });
      },
    });
  } finally {
    removeDemoAnnouncement(paths.demoFile);
  }
}
