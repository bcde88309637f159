/**
 * The traces that drive the balancing simulation, read from their compact columns (traces/NOTICE.md tells their origin;
 * scripts/compact-traces.ts makes them). A closed trace is a set of conversations whose next call waits for the answer
 * to the last; an open one is a stream of calls that come when they come.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import * as z from 'zod';

export interface Call {
  readonly conversation: number;
  /** Since the end of the conversation's call before (closed) or the start of the call before (open). */
  readonly gapS: number;
  readonly input: number;
  /** Tokens of the input that repeat what the conversation sent before: what a warm cache can serve. */
  readonly cached: number;
  /** Nobody knows it before the call has ended. */
  readonly output: number;
}

export type TraceName = 'claude-code' | 'azure-code' | 'azure-conv' | 'mooncake';

const column = z.array(z.number());
const fileSchema = z.object({
  gapUnitMs: z.number(),
  blockTokens: z.number(),
  conversation: column,
  gap: column,
  fresh: column,
  lost: column,
  output: column,
});

export function loadTrace(name: TraceName): readonly Call[] {
  const packed = readFileSync(new URL(`./traces/${name}.json.gz`, import.meta.url));
  const file = fileSchema.parse(JSON.parse(gunzipSync(packed).toString('utf8')));
  const lastInput = new Map<number, number>();
  let conversation = 0;
  return file.conversation.map((step, at) => {
    conversation += step;
    const blocksBefore = Math.floor((lastInput.get(conversation) ?? 0) / file.blockTokens);
    const cached = (blocksBefore - file.lost[at]!) * file.blockTokens;
    const input = file.fresh[at]! + cached;
    lastInput.set(conversation, input);
    const gapS = (file.gap[at]! * file.gapUnitMs) / 1_000;
    return { conversation, gapS, input, cached, output: file.output[at]! };
  });
}

/** The calls of each conversation, in order. */
export function conversationsOf(calls: readonly Call[]): readonly (readonly Call[])[] {
  return [...Map.groupBy(calls, ({ conversation }) => conversation).values()];
}
