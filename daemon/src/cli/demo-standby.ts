/** Brings up the demo fleet inside this command when no real model can answer, so that a first try shows something. */
import type { NodeView } from '@task-router/protocol';
import { startDemoFleet } from '../demo/index.ts';
import { removeDemoAnnouncement, writeDemoAnnouncement } from '../dispatch/nodes/demo-announcement.ts';

export interface DemoStandby {
  dispose(): Promise<void>;
}

/** null when something else is there (a running fleet included). */
export async function startDemoIfNothingElse(options: {
  readonly nodes: readonly NodeView[];
  /** Whether accounts that were merely found may be used for this task. */
  readonly foundAccountsCount: boolean;
  readonly demoFile: string;
}): Promise<DemoStandby | null> {
  const usable = options.nodes.some(
    (node) =>
      node.routes.length > 0 &&
      (node.access === 'ready' || (node.access === 'consentNeeded' && options.foundAccountsCount)),
  );
  if (usable) return null;
  // A newcomer wants to see the answer, not how slow a strong model can be.
  const fleet = await startDemoFleet({ speed: 4 });
  writeDemoAnnouncement(options.demoFile, {
    servers: fleet.servers.map(({ id, provider, baseUrl, models }) => ({
      id,
      provider,
      baseUrl,
      models: models.map((model) => model.id),
    })),
  });
  return {
    async dispose() {
      removeDemoAnnouncement(options.demoFile);
      await fleet.dispose();
    },
  };
}
