/**
 * The three members of the demo fleet: what each speaks, how fast and how well, and how it fails.
 *
 * They differ on purpose, so that a newcomer sees the router choose: fast and weak, slow and strong, and one that
 * fails sometimes. Copy a profile with other values to get a second server of the same kind.
 */
import { createHash } from 'node:crypto';
import type { AnswerStyle } from './answer/compose.ts';
import type { FaultPlan } from './fault-plan.ts';
import type { FaultInput } from './faults.ts';
import { createAnthropicFormat } from './formats/anthropic.ts';
import type { DemoModel, WireFormat } from './formats/format.ts';
import { createOllamaFormat } from './formats/ollama.ts';
import { createOpenaiFormat } from './formats/openai.ts';

export const demoServerIds = ['demo-fast', 'demo-strong', 'demo-flaky'] as const;
export type DemoServerId = (typeof demoServerIds)[number];

/** The names of the router's providers, so that a demo server can be put into its configuration as it is. */
export type DemoProvider = 'openai-compatible' | 'anthropic' | 'ollama';

export interface DemoProfile {
  readonly id: string;
  readonly provider: DemoProvider;
  /** For tables: what a reader may expect. */
  readonly manner: string;
  readonly style: AnswerStyle;
  readonly models: readonly DemoModel[];
  readonly firstChunkMs: number;
  readonly chunkMs: number;
  /** Faults that belong to this server; undefined for a server that works. */
  readonly faults?: (seed: number) => FaultPlan;
}

/** The default seed; with it `demo-flaky` fails its second request, and one of every three after that. */
export const defaultSeed = 1;

export const demoProfiles: Readonly<Record<DemoServerId, DemoProfile>> = {
  'demo-fast': {
    id: 'demo-fast',
    provider: 'openai-compatible',
    manner: 'fast, short answers',
    style: 'brief',
    models: [
      {
        id: 'demo-mini',
        label: 'Demo Mini',
        contextWindow: 32_768,
        maxOutputTokens: 4_096,
      },
    ],
    firstChunkMs: 5,
    chunkMs: 2,
  },
  'demo-strong': {
    id: 'demo-strong',
    provider: 'anthropic',
    manner: 'slow, thorough answers',
    style: 'thorough',
    models: [
      {
        id: 'demo-large',
        label: 'Demo Large',
        contextWindow: 200_000,
        maxOutputTokens: 16_384,
      },
    ],
    firstChunkMs: 300,
    chunkMs: 12,
  },
  'demo-flaky': {
    id: 'demo-flaky',
    provider: 'ollama',
    manner: 'fails one request of three',
    style: 'brief',
    models: [
      {
        id: 'demo-wobbly:latest',
        label: 'Demo Wobbly',
        contextWindow: 32_768,
        maxOutputTokens: 4_096,
        // What a small model claims; a load is short enough to be seen and not to be waited for.
        bytes: 2_000_000_000,
        loadMs: 400,
      },
    ],
    firstChunkMs: 60,
    chunkMs: 6,
    faults: flakyFaults,
  },
};

/** The wire format a profile speaks, with state of its own (which model is loaded). */
export function formatOf({ provider, models }: DemoProfile): WireFormat {
  switch (provider) {
    case 'openai-compatible':
      return createOpenaiFormat(models);
    case 'anthropic':
      return createAnthropicFormat(models);
    case 'ollama':
      return createOllamaFormat(models);
  }
}

/** Failures before the first token, so that a router can move on without anybody seeing a seam. */
const flakyKinds: readonly FaultInput[] = [
  { kind: 'error-event', error: 500 },
  { kind: 'status', status: 503 },
  { kind: 'die', afterChunks: 0 },
  { kind: 'status', status: 500 },
];

/**
 * Exactly one failure in every three requests, at a place and of a kind that follow from the seed. A hash rather
 * than a generator with state: request n fails the same way whatever happened before it.
 */
export function flakyFaults(seed: number): FaultPlan {
  return ({ index }) => {
    const digest = createHash('sha256')
      .update(`${seed}:${Math.floor(index / 3)}`)
      .digest();
    const fails = index % 3 === (digest[0] ?? 0) % 3;
    return fails ? (flakyKinds[(digest[1] ?? 0) % flakyKinds.length] ?? { kind: 'none' }) : { kind: 'none' };
  };
}
