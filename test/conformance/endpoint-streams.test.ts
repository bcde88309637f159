/** Generated answers, hundreds of each kind; test/slow/endpoint-streams.test.ts tries ten thousand. */
import { describe, it } from 'vitest';
import { readsWell, saysTheSameInOnePiece, survivesAnything } from '../support/answer-stream-properties.ts';

describe.each(['openai-chat', 'anthropic-messages'] as const)('an answer in the form of %s', (format) => {
  it('is read by its vendor’s library, whatever was passed before and wherever the pieces end', () =>
    readsWell(format, 100));

  it('says the same in one piece', () => saysTheSameInOnePiece(format, 50));

  it('is well formed whatever comes in', () => survivesAnything(format, 300));
});
