/** `task-router route --batch`: the demo fleet answers, bad rows are named by their line. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBatchResults } from '@task-router/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliHere } from '../support/cli-here.ts';

let cli: CliHere;
beforeEach(() => {
  cli = new CliHere();
});
afterEach(() => cli.dispose());

/** Several processes one after the other, on a machine that may be busy. */
const patienceMs = 60_000;

describe('task-router route --batch', () => {
  it(
    'answers what it can, says what it could not, and goes on the next time',
    async () => {
      const rows = [
        { prompt: 'explain one' },
        { id: 'b', prompt: 'read it', files: ['gone.ts'] },
        { prompt: 'explain three' },
      ];
      writeFileSync(join(cli.home, 'tasks.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
      const args = ['route', '--batch', 'tasks.jsonl', '--json'];
      const first = await cli.run(args, { folder: cli.home });
      expect(first.code, first.stderr).toBe(1);
      expect(first.events().at(-1)).toMatchObject({
        type: 'summary',
        succeeded: 2,
        failed: 1,
        resumed: 0,
        left: 0,
      });
      const results = readBatchResults(readFileSync(join(cli.home, 'tasks.jsonl.results.jsonl'), 'utf8'));
      expect(results.get('1')?.text).toContain('Demo answer (no real model)');
      expect(results.get('b')?.error?.code).toBe('task.fileNotFound');

      writeFileSync(join(cli.home, 'gone.ts'), 'export const x = 1;\n');
      const second = await cli.run(args, { folder: cli.home });
      expect(second.code, second.stderr).toBe(0);
      expect(second.events().at(-1)).toMatchObject({ succeeded: 1, failed: 0, resumed: 2, left: 0 });
    },
    patienceMs,
  );

  it(
    'names each bad row with its line, and runs nothing; paths are those of the folder it was called in',
    async () => {
      writeFileSync(join(cli.home, 'bad.jsonl'), '{"prompt":"x"}\n{"prompt":""}\nnonsense\n');
      const result = await cli.run(['route', '--batch', 'bad.jsonl'], { folder: cli.home });
      expect(result.code).toBe(2);
      expect(result.stderr).toContain('bad.jsonl:2: prompt: must not be empty');
      expect(result.stderr).toContain('bad.jsonl:3: no JSON');
    },
    patienceMs,
  );
});
