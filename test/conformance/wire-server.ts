/**
 * A real HTTP server that speaks any wire format through the demo servers' pipeline, so that wires without a demo
 * server (Gemini, OpenAI's Responses) are tested with the very same faults.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveExchange } from '../../daemon/src/demo/exchange.ts';
import type { ExchangeHost } from '../../daemon/src/demo/exchange.ts';
import { FaultSequence } from '../../daemon/src/demo/fault-plan.ts';
import type { FaultPlan } from '../../daemon/src/demo/fault-plan.ts';
import type { ChatMessage, WireFormat } from '../../daemon/src/demo/formats/format.ts';
import { RequestLog } from '../../daemon/src/demo/request-log.ts';
import type { DemoLogEntry } from '../../daemon/src/demo/request-log.ts';

export interface WireServer {
  readonly origin: string;
  readonly answers: (plan: FaultPlan) => void;
  readonly lookups: (plan: FaultPlan) => void;
  readonly log: () => readonly DemoLogEntry[];
  readonly stop: () => Promise<void>;
}

/** Answers with what `answer` makes of the messages, without pauses, on any free port of 127.0.0.1. */
export async function startWireServer(
  format: WireFormat,
  answer: (messages: readonly ChatMessage[]) => string,
): Promise<WireServer> {
  const [answers, lookups, log] = [new FaultSequence(), new FaultSequence(), new RequestLog()];
  let stopping = false;
  let ordinal = 0;
  const server = createServer((request, response) => {
    serveExchange(host, request, response).catch(() => response.destroy());
  });
  const stop = (): Promise<void> => {
    stopping = true;
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  const host: ExchangeHost = {
    id: 'wire',
    token: 'unused',
    answers,
    lookups,
    log,
    format,
    voice: { label: 'wire', style: 'brief' },
    speed: 0,
    pace: { firstChunkMs: 0, chunkMs: 0 },
    answer,
    nextOrdinal: () => ++ordinal,
    stopping: () => stopping,
    stopServer: () => void stop(),
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers: (plan) => answers.replace(plan),
    lookups: (plan) => lookups.replace(plan),
    log: () => log.entries(),
    stop,
  };
}
