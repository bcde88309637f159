/** Show Log and Copy Diagnostics. */
import { open } from 'node:fs/promises';
import { env, version, workspace, type LogOutputChannel } from 'vscode';
import { daemonRequests } from '@task-router/protocol';
import { redact } from '../platform/redact.ts';
import type { Services } from '../services.ts';
import { diagnosticsText } from './diagnostics-text.ts';

const tailBytes = 16 * 1024;

/** The end of the daemon's own log stands in the channel too, because a daemon that can't start can't be asked. */
export async function showLog({ log, paths, keys }: Services): Promise<void> {
  const secrets = await keys.secrets();
  for (const [name, path] of [
    ['daemon.log', paths.logFile],
    ['daemon.out', paths.outputFile],
  ] as const) {
    mirror(log, name, redact(await tail(path), secrets));
  }
  log.show(true);
}

export async function copyDiagnostics(services: Services): Promise<void> {
  const { connection, client, store, demo, context, keys, notifier } = services;
  // Asking must not start a daemon: whether it runs is part of the report.
  const health =
    connection.state.type === 'connected'
      ? await client.request(daemonRequests.health, {}).catch(() => null)
      : null;
  const text = diagnosticsText({
    extensionVersion: versionOf(context.extension.packageJSON),
    editor: `${env.appName} ${version}`,
    platform: `${process.platform}-${process.arch}, Node ${process.versions.node}`,
    isRemote: env.remoteName !== undefined,
    isTrusted: workspace.isTrusted,
    connection: connection.state,
    nodes: store.snapshot?.nodes ?? [],
    tasks: store.tasks,
    health,
    demoRuns: demo.isRunning,
    secrets: await keys.secrets(),
  });
  await env.clipboard.writeText(text);
  notifier.info('Diagnostics are on the clipboard: no keys, no task text, no file names.');
}

export function versionOf(manifest: unknown): string {
  if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) return 'unknown';
  return typeof manifest.version === 'string' ? manifest.version : 'unknown';
}

function mirror(log: LogOutputChannel, name: string, text: string): void {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length > 0) log.info([`--- end of ${name} ---`, ...lines, `--- ${name} ---`].join('\n'));
}

/** The last whole lines of a file; empty when there is none. */
async function tail(path: string): Promise<string> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return '';
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - tailBytes);
    const buffer = Buffer.alloc(size - start);
    await file.read(buffer, 0, buffer.length, start);
    const text = buffer.toString('utf8');
    return start === 0 ? text : text.slice(text.indexOf('\n') + 1);
  } finally {
    await file.close();
  }
}
