/** Every policy that ours is measured against, by the name it has in the tables. */
import {
  atRandom,
  inFlight,
  leastRequest,
  liteLlmShuffle,
  perSlot,
  roundRobin,
  stickyHash,
  twoChoices,
} from './blind.ts';
import { llmD, sgLang } from './cache-aware.ts';
import { c3, hotCold, liteLlmLatency, peakEwma, specification } from './latency-aware.ts';
import type { CreatePolicy } from './policy.ts';

export const peers: Readonly<Record<string, CreatePolicy>> = {
  random: atRandom,
  'round robin': roundRobin,
  P2C: twoChoices(inFlight),
  'P2C weighted': twoChoices(perSlot),
  'least request': leastRequest(inFlight),
  'least request weighted': leastRequest(perSlot),
  'Peak-EWMA 10 s': peakEwma(10),
  'Peak-EWMA 300 s': peakEwma(300),
  C3: c3,
  'Prequal-like HCL': hotCold,
  'sticky hash': stickyHash,
  'SGLang 64': sgLang(64),
  'SGLang 4': sgLang(4),
  'llm-d 3/2/2': llmD,
  'LiteLLM latency': liteLlmLatency,
  'LiteLLM shuffle': liteLlmShuffle,
  specification: specification(null),
  'specification, pick kept 30 s': specification(30),
};
