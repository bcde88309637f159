/**
 * `node scripts/compact-calls.ts <folder>`: makes the calls of the monitoring simulation out of the published trace, which
 * is too large to keep here: one model, columns of session, tokens and time taken. Where it is from and under which
 * licence stands in test/simulation/monitoring/trace/NOTICE.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';

const model = 'claude-opus-4-5-20251101';
const kept = 16_000;
const fewestCalls = 10;
const longestS = 120;

const [from] = process.argv.slice(2);
if (from === undefined)
  throw new Error('Usage: node scripts/compact-calls.ts <folder with the published trace>');

const row = z.object({
  ...{ s: z.string(), a: z.number(), m: z.string(), in: z.number(), out: z.number() },
  ...{ cached: z.number(), api: z.number().nullable() },
});
const rows = gunzipSync(readFileSync(join(from, 'claude_code_weka_requests.jsonl.gz')))
  .toString('utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => row.parse(JSON.parse(line)))
  .filter(({ m, api, out }) => m === model && api !== null && api > 0 && api < longestS && out > 0);
const sessions = [...Map.groupBy(rows, ({ s, a }) => `${s}/${a}`).values()].filter(
  (calls) => calls.length >= fewestCalls,
);
const calls = sessions.flatMap((session, at) => session.map((call) => ({ ...call, at }))).slice(0, kept);
const columns = {
  session: calls.map(({ at }) => at),
  input: calls.map((call) => call.in),
  cached: calls.map(({ cached }) => cached),
  output: calls.map(({ out }) => out),
  tookMs: calls.map(({ api }) => Math.round(1_000 * (api ?? 0))),
};
const out = join(import.meta.dirname, '../test/simulation/monitoring/trace/calls.json.gz');
writeFileSync(out, gzipSync(JSON.stringify(columns), { level: 9 }));
console.log(`${calls.length} calls of ${new Set(columns.session).size} sessions`);
