/**
 * The measures, one after the other, each on one subject. A round takes every measure on every subject in turn, so that a
 * busy moment of the machine falls on all of them alike.
 */
import { closedLoop, type Reply } from './client.ts';
import { cpuUs, memoryMb } from './process-figures.ts';
import type { Subject } from './subjects.ts';
import { type Format, requestBody } from './wire-format.ts';

/** How much of each measure is taken. */
export interface Size {
  readonly rounds: number;
  readonly singles: number;
  readonly crowd: number;
  readonly throughputMs: number;
  readonly firstTexts: number;
  readonly chunks: number;
  readonly relayMs: number;
  readonly longPrompts: number;
}

/** By name, in the unit that the name says; null: not to be had for this subject. */
export type Figures = Readonly<Record<string, number | null>>;

export interface Measure {
  readonly name: string;
  readonly take: (subject: Subject, format: Format, size: Size) => Promise<Figures>;
}

const relayEveryMs = 20;
const streams = 16;

export const measures: readonly Measure[] = [
  {
    name: 'one client',
    async take(subject, format, { singles }) {
      const { replies } = await load(subject, format, { clients: 1, requests: singles });
      return { oneP50Us: took(replies, 0.5), oneP99Us: took(replies, 0.99) };
    },
  },
  {
    name: '32 clients',
    async take(subject, format, { crowd }) {
      const { replies } = await load(subject, format, { clients: 32, requests: crowd });
      return { crowdP50Us: took(replies, 0.5), crowdP99Us: took(replies, 0.99) };
    },
  },
  { name: '64 clients', take: throughput },
  {
    name: 'first text',
    async take(subject, format, { firstTexts }) {
      const stream = { chunks: 3, everyMs: 0 };
      const { replies } = await load(subject, format, { clients: 1, requests: firstTexts, stream });
      const times = replies.map(({ firstTextUs }) => firstTextUs ?? Number.NaN);
      return { firstTextP50Us: quantile(times, 0.5), firstTextP99Us: quantile(times, 0.99) };
    },
  },
  {
    name: '16 streams at full speed',
    async take(subject, format, { chunks }) {
      const stream = { chunks, everyMs: 0 };
      const { replies, tookUs } = await load(subject, format, {
        clients: streams,
        requests: streams,
        stream,
      });
      const arrived = replies.reduce((sum, { pieces }) => sum + pieces, 0);
      if (arrived !== streams * chunks) throw new Error(`${subject.name} lost text: ${arrived} pieces`);
      return { chunksPerSecond: (arrived * 1_000_000) / tookUs };
    },
  },
  {
    name: '16 streams, token by token',
    async take(subject, format, { relayMs }) {
      const stream = { chunks: Math.ceil(relayMs / relayEveryMs), everyMs: relayEveryMs };
      const keepsDelays = true;
      const { replies } = await load(subject, format, {
        ...{ clients: streams, requests: streams, stream, keepsDelays },
      });
      const delays = replies.flatMap(({ underWayUs }) => underWayUs);
      return { relayP50Us: quantile(delays, 0.5), relayP99Us: quantile(delays, 0.99) };
    },
  },
  {
    name: 'a prompt of 256 KB',
    async take(subject, format, { longPrompts }) {
      const { replies } = await load(subject, format, {
        ...{ clients: 1, requests: longPrompts, pastedChars: 256 * 1_024 },
      });
      return { longPromptP50Us: took(replies, 0.5) };
    },
  },
];

/** Requests a second, what they cost the subject's process, and its memory meanwhile. */
async function throughput(subject: Subject, format: Format, { throughputMs }: Size): Promise<Figures> {
  const overAtMs = performance.now() + throughputMs;
  const before = subject.pid === null ? null : cpuUs(subject.pid);
  const { replies, tookUs } = await load(subject, format, {
    ...{ clients: 64, requests: Infinity, isOver: () => performance.now() >= overAtMs },
  });
  const after = subject.pid === null ? null : cpuUs(subject.pid);
  return {
    requestsPerSecond: (replies.length * 1_000_000) / tookUs,
    cpuUsPerRequest: before === null || after === null ? null : (after - before) / replies.length,
    rssMb: subject.pid === null ? null : (memoryMb(subject.pid)?.nowMb ?? null),
  };
}

let asked = 0;

function load(
  subject: Subject,
  format: Format,
  wanted: {
    readonly clients: number;
    readonly requests: number;
    readonly stream?: { readonly chunks: number; readonly everyMs: number };
    readonly pastedChars?: number;
    readonly keepsDelays?: boolean;
    readonly isOver?: () => boolean;
  },
) {
  const { clients, requests, stream = null, pastedChars = 0, keepsDelays = false } = wanted;
  return closedLoop(subject.target(format), {
    ...{ clients, keepsDelays },
    body: () => requestBody({ model: subject.model, stream, nonce: String((asked += 1)), pastedChars }),
    isOver: (sent) => sent >= requests || wanted.isOver?.() === true,
  });
}

function took(replies: readonly Reply[], share: number): number {
  return quantile(
    replies.map(({ tookUs }) => tookUs),
    share,
  );
}

/** By the nearest rank; not a number for no values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}
