/**
 * `kill -9` under load, again and again on one history file: whatever was acknowledged is there at the next start, and
 * every start is a sound one. The child acknowledges an outcome as the daemon does: after the save has returned.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../daemon/src/store/open-store.ts';

const rounds = 200;
/** Killed after this many acknowledgements and a moment more, both drawn anew in each round. */
const maxAcknowledged = 120;
const maxMomentMs = 4;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'task-router-kill-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('kill -9 under load', () => {
  it(
    `loses no acknowledged outcome and starts soundly, ${rounds} times`,
    async () => {
      const path = join(folder, 'history.db');
      const acknowledged: string[] = [];
      let [lost, unsound] = [0, 0];
      for (let round = 0; round < rounds; round += 1) {
        const seen = await killedRun(path, round);
        acknowledged.push(...seen);
        const store = await openStore(path);
        if (store.mode !== 'sqlite' || store.notice !== null) unsound += 1;
        lost += seen.filter((id) => store.readDecision(id)?.outcome?.status !== 'succeeded').length;
        // Left running, not half-written: no decision may lack its outcome without being marked.
        store.markInterrupted(round);
        store.close();
      }
      const store = await openStore(path);
      const kept = acknowledged.filter(
        (id) => store.readDecision(id)?.outcome?.status === 'succeeded',
      ).length;
      store.close();
      expect({ lost, unsound, kept }).toEqual({ lost: 0, unsound: 0, kept: acknowledged.length });
      expect(acknowledged.length).toBeGreaterThan(rounds * 10);
      process.stdout.write(`${acknowledged.length} acknowledged outcomes over ${rounds} kills, none lost\n`);
    },
    10 * 60_000,
  );
});

const url = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);

/** Runs the load until it is killed; answers what it acknowledged. */
async function killedRun(path: string, round: number): Promise<string[]> {
  const script = `
    const { writeSync } = await import('node:fs');
    const { openStore } = await import(${url('../../daemon/src/store/open-store.ts')});
    const { attemptRecord, decisionRecord, outcomeRecord } = await import(${url('../support/stored-records.ts')});
    const store = await openStore(${JSON.stringify(path)});
    for (let index = 0; ; index += 1) {
      const id = 'r${round}-' + index;
      store.saveDecision(decisionRecord(id, ${round * 1_000_000} + index));
      store.saveAttempt(attemptRecord(id + '-a', id, null));
      store.saveEngineState([{ area: 'performance', key: 'route', json: String(index), updatedAtMs: index }]);
      store.saveAttempt(attemptRecord(id + '-a', id, 0.1));
      store.saveOutcome(outcomeRecord(id));
      writeSync(1, id + '\\n');
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const atLeast = 1 + Math.floor(Math.random() * maxAcknowledged);
  let text = '';
  let armed = false;
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (armed || text.split('\n').length <= atLeast) return;
    armed = true;
    setTimeout(() => child.kill('SIGKILL'), Math.random() * maxMomentMs);
  });
  await once(child, 'close');
  // The last line may be cut off: it was not fully said.
  return text.split('\n').slice(0, -1);
}
