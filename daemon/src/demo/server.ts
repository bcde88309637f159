/** One demo server: a real HTTP server on loopback with a profile, a fault script, a log and a control token. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FaultSequence } from './fault-plan.ts';
import type { FaultPlan, FaultTarget } from './fault-plan.ts';
import { serveExchange } from './exchange.ts';
import type { ExchangeHost } from './exchange.ts';
import type { ChatMessage, DemoModel } from './formats/format.ts';
import { defaultSeed, formatOf } from './profiles.ts';
import type { DemoProfile, DemoProvider } from './profiles.ts';
import { RequestLog } from './request-log.ts';
import type { DemoLogEntry } from './request-log.ts';

export interface DemoServerOptions {
  /** Decides where a flaky profile fails. Default 1. */
  readonly seed?: number;
  /** How many times faster than labelled; 0 means without any pause. Default 1. */
  readonly speed?: number;
  /** Faults for generations, instead of the profile's own. */
  readonly faults?: FaultPlan;
  /** Faults for everything else: model lists, versions. */
  readonly lookupFaults?: FaultPlan;
  /** Default 127.0.0.1; keep it a loopback address. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default: 32 random characters. */
  readonly controlToken?: string;
  /** The text to answer with, instead of one that is built from the context. */
  readonly answer?: (messages: readonly ChatMessage[]) => string;
}

export interface DemoServer {
  readonly id: string;
  readonly provider: DemoProvider;
  readonly manner: string;
  /** In the form the provider expects: with `/v1` for the OpenAI and Anthropic wires. */
  readonly baseUrl: string;
  readonly models: readonly DemoModel[];
  /** Without a slash at its end: `http://127.0.0.1:4711/__demo`. */
  readonly controlUrl: string;
  readonly controlToken: string;
  /** Replaces the fault plan. Throws a ZodError for a fault that is not one. */
  readonly setFaults: (plan: FaultPlan, target?: FaultTarget) => void;
  /** The newest requests, oldest first. */
  readonly log: () => readonly DemoLogEntry[];
  /** Stops listening and cuts every connection. Resolves when the port is free. */
  readonly stop: () => Promise<void>;
  /** Resolves when the server has stopped, whoever stopped it (a fault can). */
  readonly stopped: Promise<void>;
}

/** Starts one demo server. Rejects when the address can't be listened on. */
export async function startDemoServer(
  profile: DemoProfile,
  options: DemoServerOptions = {},
): Promise<DemoServer> {
  const answers = new FaultSequence(options.faults ?? profile.faults?.(options.seed ?? defaultSeed));
  const lookups = new FaultSequence(options.lookupFaults);
  const log = new RequestLog();
  const token = options.controlToken ?? randomBytes(16).toString('hex');
  const { promise: stopped, resolve: hasStopped } = Promise.withResolvers<undefined>();
  let stopping = false;
  let ordinal = 0;

  const server = createServer((request, response) => {
    serveExchange(host, request, response).catch(() => response.destroy());
  });
  const stop = (): Promise<void> => {
    if (!stopping) {
      stopping = true;
      server.close(() => hasStopped(undefined));
      server.closeAllConnections();
    }
    return stopped;
  };
  const host: ExchangeHost = {
    id: profile.id,
    token,
    answers,
    lookups,
    log,
    format: formatOf(profile),
    voice: { label: profile.id, style: profile.style },
    speed: options.speed ?? 1,
    pace: {
      firstChunkMs: atSpeed(profile.firstChunkMs, options.speed),
      chunkMs: atSpeed(profile.chunkMs, options.speed),
    },
    answer: options.answer,
    nextOrdinal: () => ++ordinal,
    stopping: () => stopping,
    stopServer: () => void stop(),
  };

  const address = await listen(server, options.port ?? 0, options.host ?? '127.0.0.1');
  const origin = `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
  return {
    id: profile.id,
    provider: profile.provider,
    manner: profile.manner,
    baseUrl: profile.provider === 'ollama' ? origin : `${origin}/v1`,
    models: profile.models,
    controlUrl: `${origin}/__demo`,
    controlToken: token,
    setFaults(plan, target = 'answers') {
      if (target !== 'lookups') answers.replace(plan);
      if (target !== 'answers') lookups.replace(plan);
    },
    log: () => log.entries(),
    stop,
    stopped,
  };
}

function listen(server: ReturnType<typeof createServer>, port: number, host: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string')
        reject(new Error('The demo server has no TCP address.'));
      else resolve(address);
    });
  });
}

function atSpeed(ms: number, speed = 1): number {
  return speed > 0 ? ms / speed : 0;
}
