/**
 * The control endpoint of a running demo server: give it faults, read its log.
 *
 * It asks for the random token that only the server's starter has. Without it a web page or a neighbour on the
 * machine could make a demo look like an outage, or read who called.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { faultSchema } from './faults.ts';
import type { FaultSequence } from './fault-plan.ts';
import type { RequestLog } from './request-log.ts';

export const controlPrefix = '/__demo/';
export const controlTokenHeader = 'x-demo-control-token';

/** `append` queues, `replace` forgets what was planned first (and repeats when asked to), `clear` heals. */
export const controlSchema = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('append'),
    faults: z.array(faultSchema).max(10_000),
    target: targetSchema(),
  }),
  z.strictObject({
    action: z.literal('replace'),
    faults: z.array(faultSchema).max(10_000),
    repeat: z.boolean().default(false),
    target: targetSchema(),
  }),
  z.strictObject({ action: z.literal('clear'), target: targetSchema('all') }),
]);
export type ControlRequest = z.input<typeof controlSchema>;

export interface Controlled {
  readonly id: string;
  readonly token: string;
  readonly answers: FaultSequence;
  readonly lookups: FaultSequence;
  readonly log: RequestLog;
}

export interface ControlReply {
  readonly status: number;
  readonly body: object;
}

export interface ControlCall {
  readonly method: string;
  readonly path: string;
  readonly token: string | undefined;
  /** The parsed JSON. */
  readonly body: unknown;
}

/** Answers one control request. */
export function control(server: Controlled, { method, path, token, body }: ControlCall): ControlReply {
  if (token === undefined || !sameToken(token, server.token)) {
    const error = `The demo's control endpoint needs its starter's token in ${controlTokenHeader}.`;
    return { status: 403, body: { error } };
  }
  switch (`${method} ${path.slice(controlPrefix.length)}`) {
    case 'GET log':
      return { status: 200, body: { id: server.id, requests: server.log.entries() } };
    case 'POST faults':
      return setFaults(server, body);
    default:
      return { status: 404, body: { error: 'The control endpoint knows POST faults and GET log.' } };
  }
}

function setFaults(server: Controlled, body: unknown): ControlReply {
  const parsed = controlSchema.safeParse(body);
  if (!parsed.success) return { status: 400, body: { error: z.prettifyError(parsed.error) } };
  const request = parsed.data;
  const sequences = {
    answers: [server.answers],
    lookups: [server.lookups],
    all: [server.answers, server.lookups],
  };
  for (const sequence of sequences[request.target]) {
    if (request.action === 'append') sequence.append(request.faults);
    else if (request.action === 'clear') sequence.replace([]);
    else sequence.replace(request.repeat ? { repeat: request.faults } : request.faults);
  }
  return {
    status: 200,
    body: { id: server.id, queued: { answers: server.answers.queued, lookups: server.lookups.queued } },
  };
}

function targetSchema(target: 'answers' | 'all' = 'answers') {
  return z.literal(['answers', 'lookups', 'all']).default(target);
}

/** Digests first: comparing in constant time needs equal lengths. */
function sameToken(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
