/**
 * Plays steps on a real response: with back-pressure, and stopping at once when the client has gone.
 *
 * Every send waits until the bytes are with the kernel. So a slow reader slows the server down, a socket is only
 * destroyed after the chunks before it were really sent, and a client that left is noticed between two chunks.
 */
import type { ServerResponse } from 'node:http';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { MutableLogEntry } from './request-log.ts';
import type { Step } from './steps.ts';

/** What playing needs of its exchange. */
export interface Stage {
  readonly response: ServerResponse;
  readonly entry: MutableLogEntry;
  /** Aborted when the connection is gone, whoever ended it. */
  readonly gone: AbortSignal;
  readonly stopServer: () => void;
}

/** Resolves when the steps are played or the connection is gone; never rejects because of a client. */
export async function play(steps: Iterable<Step>, stage: Stage): Promise<void> {
  for (const step of steps) {
    if (stage.gone.aborted) return;
    await playStep(step, stage);
  }
}

async function playStep(step: Step, stage: Stage): Promise<void> {
  const { response, entry } = stage;
  switch (step.do) {
    case 'head':
      entry.status = step.status;
      response.writeHead(step.status, step.headers);
      response.flushHeaders();
      return;
    case 'send':
      await write(step.data, stage);
      if (step.counts) countChunk(stage);
      return;
    case 'pause':
      await pause(step.ms, stage.gone);
      return;
    case 'hold':
      await hold(step.ping, stage);
      return;
    case 'end':
      await untilGoneOr(stage.gone, (done) => response.end(done));
      return;
    case 'drop':
      entry.end = 'dropped';
      if (step.how === 'reset') response.socket?.resetAndDestroy();
      else response.destroy();
      return;
    case 'stop-server':
      entry.end = 'dropped';
      stage.stopServer();
      return;
  }
}

async function write(data: string | Uint8Array, { response, entry, gone }: Stage): Promise<void> {
  await untilGoneOr(gone, (done) => response.write(data, done));
  if (!gone.aborted) entry.responseBytes += Buffer.byteLength(data);
}

function countChunk({ entry, gone }: Stage): void {
  if (gone.aborted) return;
  entry.chunksSent += 1;
  entry.firstChunkAtMs ??= Date.now();
}

/** Even without a pause the loop gives way, so that a closed connection can be noticed. */
async function pause(ms: number, gone: AbortSignal): Promise<void> {
  if (ms <= 0) await setImmediate();
  else await setTimeout(ms, undefined, { signal: gone }).catch(() => undefined);
}

async function hold(ping: { everyMs: number; data: string } | undefined, stage: Stage): Promise<void> {
  if (ping === undefined) return untilGoneOr(stage.gone, () => undefined);
  while (!stage.gone.aborted) {
    await write(ping.data, stage);
    await pause(ping.everyMs, stage.gone);
  }
}

/** A write to a closed connection may never call back, so being gone ends the wait too. */
function untilGoneOr(gone: AbortSignal, start: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      gone.removeEventListener('abort', done);
      resolve();
    };
    gone.addEventListener('abort', done, { once: true });
    if (gone.aborted) done();
    else start(done);
  });
}
