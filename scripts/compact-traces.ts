/**
 * `node scripts/compact-traces.ts <folder>`: makes the small traces of the balancing simulation out of the published
 * ones, which are too large to keep here. What is kept, where it is from and under which licence is written in
 * test/simulation/balancing/traces/NOTICE.md; test/simulation/balancing/traces.ts reads the result.
 *
 * A call becomes four numbers in columns: the gap before it, the tokens that are new to its conversation, the prefix
 * blocks it does not share with the call before, and the tokens of its answer. Small numbers compress well.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';

/** One call; `cached`: tokens of the longest prefix shared with what the conversation sent before. */
interface Call {
  readonly conversation: number;
  readonly gapMs: number;
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

const out = join(import.meta.dirname, '../test/simulation/balancing/traces');
const blockTokens = 64;
/** The simulated developers start 400 conversations; longer ones are cut, as the reference table does. */
const callsPerConversation = 80;
const fewestCalls = 5;
const openLoopMs = 1_800_000;

const from = process.argv[2];
if (from === undefined)
  throw new Error('Usage: node scripts/compact-traces.ts <folder with the published traces>');
const read = (name: string) =>
  gunzipSync(readFileSync(join(from, `${name}.gz`)))
    .toString('utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '');

write('claude-code', 100, codingSessions());
write('azure-code', 10, azure('AzureLLMInferenceTrace_code_2023.csv', Infinity));
write('azure-conv', 10, azure('AzureLLMInferenceTrace_conv_2023.csv', openLoopMs));
write('mooncake', 10, mooncake('mooncake_conversation_trace.jsonl'));

function codingSessions(): Call[] {
  const row = z.object({
    ...{ s: z.string(), a: z.number(), t: z.number() },
    ...{ in: z.number(), out: z.number(), cached: z.number(), api: z.number().nullable() },
  });
  const rows = read('claude_code_weka_requests.jsonl').map((line) => row.parse(JSON.parse(line)));
  const threads = [...Map.groupBy(rows, ({ s, a }) => `${s}/${a}`).values()];
  return threads
    .filter((calls) => calls.length >= fewestCalls)
    .flatMap((calls, conversation) =>
      calls.slice(0, callsPerConversation).map((call, at) => {
        const before = calls[at - 1];
        // Where the time of a call is not known, the gap after it runs from its length by the fitted law.
        const tookS = before === undefined ? 0 : (before.api ?? 1.7 + 0.0145 * before.out);
        const gapS = before === undefined ? 0 : call.t - before.t - tookS;
        const gapMs = before === undefined ? 0 : 1_000 * Math.min(900, Math.max(0.2, gapS));
        return { conversation, gapMs, input: call.in, cached: at === 0 ? 0 : call.cached, output: call.out };
      }),
    );
}

/** No conversations are known: each call is one. */
function azure(name: string, untilMs: number): Call[] {
  const rows = read(name)
    .slice(1)
    .map((line) => line.split(','))
    .map(([at = '', input, output]) => ({
      atMs: Date.parse(`${at.slice(0, 23).replace(' ', 'T')}Z`),
      input: Number(input),
      output: Number(output),
    }));
  const startMs = rows[0]?.atMs ?? 0;
  return rows
    .filter(({ atMs }) => atMs - startMs <= untilMs)
    .map(({ atMs, ...tokens }, at, kept) => ({
      conversation: at,
      gapMs: atMs - (kept[at - 1]?.atMs ?? startMs),
      ...{ ...tokens, cached: 0 },
    }));
}

/** A call goes on with a conversation when it repeats at least half of its blocks, beyond the common first one. */
function mooncake(name: string): Call[] {
  const row = z.object({
    ...{ timestamp: z.number(), input_length: z.number(), output_length: z.number() },
    hash_ids: z.array(z.number()),
  });
  const rows = read(name)
    .map((line) => row.parse(JSON.parse(line)))
    .filter(({ timestamp }) => timestamp <= openLoopMs);
  const owners = new Map<number, { readonly conversation: number; readonly blocks: number }>();
  let conversations = 0;
  return rows.map((call, at) => {
    const matched = call.hash_ids.findLastIndex((id) => owners.has(id)) + 1;
    const owner = owners.get(call.hash_ids[matched - 1] ?? -1);
    const goesOn = owner !== undefined && matched >= 2 && 2 * matched >= owner.blocks;
    const conversation = goesOn ? owner.conversation : conversations;
    conversations += goesOn ? 0 : 1;
    for (const id of call.hash_ids) owners.set(id, { conversation, blocks: call.hash_ids.length });
    return {
      conversation,
      gapMs: call.timestamp - (rows[at - 1]?.timestamp ?? 0),
      input: call.input_length,
      cached: goesOn ? Math.min(matched * 512, Math.floor((call.input_length - 1) / 64) * 64) : 0,
      output: call.output_length,
    };
  });
}

function write(name: string, gapUnitMs: number, calls: readonly Call[]): void {
  const lastInput = new Map<number, number>();
  const columns = { conversation: [], gap: [], fresh: [], lost: [], output: [] } as Record<string, number[]>;
  const add = (column: string, value: number) => columns[column]?.push(value);
  let conversation = 0;
  for (const call of calls) {
    // What lies between the shared prefix and the whole of the call before, in blocks.
    const before = Math.floor((lastInput.get(call.conversation) ?? 0) / blockTokens);
    add('conversation', call.conversation - conversation);
    add('gap', Math.round(call.gapMs / gapUnitMs));
    add('fresh', call.input - call.cached);
    add('lost', before - call.cached / blockTokens);
    add('output', call.output);
    conversation = call.conversation;
    lastInput.set(call.conversation, call.input);
  }
  const text = JSON.stringify({ gapUnitMs, blockTokens, ...columns });
  const packed = gzipSync(text, { level: constants.Z_BEST_COMPRESSION });
  writeFileSync(join(out, `${name}.json.gz`), packed);
  console.error(`${name}: ${calls.length} calls, ${packed.length} bytes`);
}
