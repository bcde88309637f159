/** Ten thousand generated answers in each format, and one without end: nothing crashes, nothing is lost, nothing grows. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { readsWell, saysTheSameInOnePiece, survivesAnything } from '../support/answer-stream-properties.ts';
import { writerFor } from '../support/answer-streams.ts';

const minuteMs = 60_000;

describe.each(['openai-chat', 'anthropic-messages'] as const)('answers in the form of %s', (format) => {
  it('are read by their vendor’s library', () => readsWell(format, 4000), 4 * minuteMs);

  it('say the same in one piece', () => saysTheSameInOnePiece(format, 1000), 2 * minuteMs);

  it('are well formed whatever comes in', () => survivesAnything(format, 5000), 2 * minuteMs);

  it('leave nothing behind, however long they are', () => {
    const writer = writerFor(format, true);
    const chunk = { choices: [{ delta: { content: 'x' } }] };
    const round = (at: number): void => {
      const id = `call_${at}`;
      writer.part({ type: 'thinking', text: 'Hm.' });
      writer.part({ type: 'text', text: 'So.' });
      writer.part({ type: 'toolStart', id, name: 'read' });
      writer.part({ type: 'toolDelta', id, json: '{}' });
      writer.part({ type: 'toolEnd', id });
      writer.observe([chunk, { type: 'content_block_delta', index: at, delta: { type: 'text_delta' } }]);
    };
    for (let at = 0; at < 1000; at += 1) round(at);
    const before = usedBytes();
    for (let at = 0; at < 100_000; at += 1) round(at);
    expect(usedBytes() - before).toBeLessThan(2_000_000);
    expect(writer.contentType).toContain('text/event-stream');
  });
});

function usedBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
