import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from './clock.ts';
import { createIds } from './ids.ts';
import { openLogFile } from './log-file.ts';
import { createLogger } from './logger.ts';

describe('ids', () => {
  it('are UUIDs of version 7 that sort by time', () => {
    const times = [0, 1, 255, 1_700_000_000_000, 1_700_000_000_001, 2 ** 48 - 1];
    let nowMs = 0;
    const createId = createIds(() => nowMs);
    const ids = times.map((atMs) => {
      nowMs = atMs;
      return createId();
    });
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect([...ids].sort()).toEqual(ids);
  });

  it('differ within one instant', () => {
    const createId = createIds(() => systemClock.nowMs());
    const ids = Array.from({ length: 10_000 }, createId);
    expect(new Set(ids).size).toBe(10_000);
    // Every random digit takes all its values, and no two makers share them.
    const values = Array.from({ length: 22 }, (_, at) => new Set(ids.map((id) => id[14 + at])).size);
    expect(values.join(' ')).toBe('1 16 16 16 1 4 16 16 16 1 16 16 16 16 16 16 16 16 16 16 16 16');
    expect(ids).not.toContain(createIds(() => systemClock.nowMs())());
  });
});

describe('logger', () => {
  const open = (redact: (text: string) => string = (text) => text) => {
    const lines: string[] = [];
    const log = createLogger({ sink: (line) => lines.push(line), clock: { nowMs: () => 0 }, redact });
    return { log, lines };
  };

  it('writes one JSON object a line, without what lies below its level', () => {
    const { log, lines } = open();
    log.debug('detail');
    log.info('two\nlines', { count: 2 });
    expect(lines).toEqual([
      '{"time":"1970-01-01T00:00:00.000Z","level":"info","event":"two\\nlines","count":2}\n',
    ]);
  });

  it('redacts everything, also inside errors and their causes', () => {
    const { log, lines } = open((text) => text.replaceAll('sk-canary', '***'));
    const cause = new Error('refused sk-canary');
    log.error('failed', { error: new Error('sk-canary', { cause }), nested: { header: 'Bearer sk-canary' } });
    expect(lines[0]).toContain('refused ***');
    expect(lines[0]).toContain('Bearer ***');
    expect(lines.join('')).not.toContain('sk-canary');
  });

  it('survives fields that can’t be printed, and cuts long ones', () => {
    const { log, lines } = open();
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    log.warn('cyclic', cyclic);
    log.warn('big', { amount: 1n });
    log.warn('long', { text: 'x'.repeat(100_000) });
    expect(lines.map((line) => line.length < 9_000 && line.endsWith('\n'))).toEqual([true, true, true]);
    expect(lines[0]).toContain('"event":"cyclic"');
  });

  it('does not let fields pose as another event', () => {
    const { log, lines } = open();
    log.info('real', { text: 'x","level":"error","event":"fake' });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', event: 'real' });
  });
});

describe('log file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tr-'));
  });
  afterEach(() => {
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true, force: true });
  });

  it('keeps a bounded number of files of a bounded size, newest first, for its owner alone', () => {
    const path = join(folder, 'logs', 'daemon.log');
    const file = openLogFile(path, { fileBytes: 100, files: 3 });
    for (let n = 0; n < 50; n += 1) file.write(`line ${String(n).padStart(4, '0')}\n`);
    file.close();
    expect(readdirSync(join(folder, 'logs')).sort()).toEqual(['daemon.log', 'daemon.log.1', 'daemon.log.2']);
    expect(readFileSync(path, 'utf8')).toMatch(/line 0049\n$/);
    expect(readFileSync(`${path}.1`, 'utf8')).toMatch(/line 0039\n$/);
    expect(statSync(path).size).toBeLessThanOrEqual(100);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('goes on in the file that is there', () => {
    const path = join(folder, 'daemon.log');
    writeFileSync(path, 'before\n');
    const file = openLogFile(path);
    file.write('after\n');
    file.close();
    expect(readFileSync(path, 'utf8')).toBe('before\nafter\n');
  });

  it('is silent where nothing can be written', () => {
    writeFileSync(join(folder, 'file'), '');
    const path = join(folder, 'file', 'daemon.log');
    const file = openLogFile(path);
    file.write('lost\n');
    file.close();
    file.write('after the end\n');
    expect(existsSync(path)).toBe(false);
  });
});
