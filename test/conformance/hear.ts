/** Listens to one answer of a provider, and says what its failure must be. */
import { inspect } from 'node:util';
import type { FailureKind } from '@task-router/protocol';
import { expect } from 'vitest';
import { callOf } from '../../daemon/src/providers/call-text.ts';
import { ProviderError } from '../../daemon/src/providers/provider.ts';
import type { GenerateEvent, GenerateRequest, Provider } from '../../daemon/src/providers/provider.ts';
import { canaryKey } from './subjects.ts';

export const answer = 'one two three four five six seven eight nine ten äöü 漢字 🙂 eleven twelve';

interface Heard {
  readonly events: readonly GenerateEvent[];
  readonly text: string;
  /** What was thrown; null: the answer was complete. */
  readonly thrown: unknown;
}

/** Listens to one answer to its end, whatever the end is. */
export async function hear(
  provider: Provider,
  request: Partial<GenerateRequest> & Pick<GenerateRequest, 'modelId'>,
): Promise<Heard> {
  const events: GenerateEvent[] = [];
  let thrown: unknown = null;
  try {
    const all = {
      call: callOf([{ role: 'user', text: 'hello' }]),
      maxOutputTokens: 200,
      signal: AbortSignal.timeout(10_000),
    };
    for await (const event of provider.generate({ ...all, ...request })) events.push(event);
  } catch (error) {
    thrown = error;
  }
  return { events, thrown, text: events.map((event) => (event.type === 'text' ? event.text : '')).join('') };
}

export function expectFailure({ thrown }: Heard, kind: FailureKind): ProviderError {
  expect(thrown).toBeInstanceOf(ProviderError);
  const error = thrown as ProviderError;
  expect(error.kind, error.message).toBe(kind);
  expectNoKey(error);
  return error;
}

/** In no field, in no form. */
function expectNoKey(error: ProviderError): void {
  const everything = [
    error.message,
    error.stack ?? '',
    error.body,
    JSON.stringify(error),
    JSON.stringify(error.headers),
    inspect(error, { depth: 10 }),
  ].join('\n');
  for (const form of [canaryKey, encodeURIComponent(canaryKey), Buffer.from(canaryKey).toString('base64')]) {
    expect(everything).not.toContain(form);
  }
}
