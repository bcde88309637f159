/**
 * Every fault that breaks an answer on its way, in every wire format, seen from outside through a real socket: what a
 * client gets, byte by byte, and what the server's log says it did.
 */
import { describe, expect, it, vi } from 'vitest';
import type { FaultInput } from './faults.ts';
import { demoServerIds } from './profiles.ts';
import {
  call,
  errorMessage,
  chunkCount,
  connectTo,
  endMarkers,
  events,
  finished,
  fullText,
  lastLog,
  serverWith,
  textOf,
  words,
} from '../../../test/support/demo-calls.ts';

describe.each(demoServerIds)('broken on the way: %s', (id) => {
  const marker = endMarkers[id];

  it('refuse: the connection is cut before the headers', async () => {
    const server = await serverWith(id, { kind: 'refuse' });
    const got = await finished(server);
    expect([got.status, got.end, got.raw]).toEqual([undefined, 'cut', '']);
    expect(lastLog(server)).toMatchObject({ fault: 'refuse', end: 'dropped' });
  });

  it('hang: no headers, while others are answered, until the client gives up', async () => {
    const server = await serverWith(id, { kind: 'hang' });
    const hanging = call(server);
    await vi.waitFor(() => expect(lastLog(server)).toMatchObject({ fault: 'hang' }));
    await finished(server);
    expect([hanging.status, hanging.end]).toEqual([undefined, 'open']);
    hanging.abort();
    await vi.waitFor(() => expect(server.log()[0]).toMatchObject({ end: 'aborted', chunksSent: 0 }));
  });

  it('silence: headers and then nothing', async () => {
    const server = await serverWith(id, { kind: 'silence' });
    const silent = call(server);
    await vi.waitFor(() => expect(silent.status).toBe(200));
    await finished(server);
    expect([silent.raw, silent.end]).toEqual(['', 'open']);
    silent.abort();
    await vi.waitFor(() => expect(server.log()[0]).toMatchObject({ fault: 'silence', end: 'aborted' }));
  });

  it('empty: a 200 without a byte, or a complete stream without text', async () => {
    const server = await serverWith(id, { kind: 'empty' }, { kind: 'empty', body: 'no-text' });
    const nothing = await finished(server);
    const noText = await finished(server);
    expect([nothing.status, nothing.end, nothing.raw]).toEqual([200, 'clean', '']);
    expect([noText.status, noText.end, textOf(noText.raw)]).toEqual([200, 'clean', '']);
    expect(noText.raw).toContain(marker);
  });

  it('error-event: inside a 200, before the first token, after the opening, and in mid-stream', async () => {
    const server = await serverWith(
      id,
      { kind: 'error-event' },
      { kind: 'error-event', opened: true, error: 500 },
      { kind: 'error-event', afterChunks: 5, error: 429 },
    );
    const [first, opened, late] = [await finished(server), await finished(server), await finished(server)];
    for (const got of [first, opened, late]) {
      expect([got.status, got.end]).toEqual([200, 'clean']);
      expect(errorMessage(JSON.stringify(events(got.raw).at(-1)))).toMatch(/\(demo server\)$/);
      expect(got.raw).not.toContain(marker);
    }
    expect(events(first.raw).length).toBe(1);
    expect(events(opened.raw).length).toBe({ 'demo-fast': 2, 'demo-strong': 4, 'demo-flaky': 1 }[id]);
    expect(textOf(late.raw)).toBe(words.slice(0, 5).join(''));
  });

  it('die: the socket is cut after k chunks, all of which arrived, for every k', async () => {
    const faults = words.map((_, afterChunks): FaultInput => ({ kind: 'die', afterChunks }));
    const server = await serverWith(id, ...faults);
    for (const afterChunks of words.keys()) {
      const got = await finished(server);
      expect([got.status, got.end, textOf(got.raw)]).toEqual([
        200,
        'cut',
        words.slice(0, afterChunks).join(''),
      ]);
      expect(lastLog(server)).toMatchObject({ chunksSent: afterChunks, end: 'dropped' });
    }
  });

  it('die by reset: the client sees a reset connection', async () => {
    const server = await serverWith(id, { kind: 'die', afterChunks: 3, how: 'reset' });
    const got = await finished(server);
    expect(got.end).toBe('cut');
    expect(lastLog(server)).toMatchObject({ fault: 'die', chunksSent: 3, end: 'dropped' });
  });

  it('stop: the server is gone, in mid-stream and for the next request', async () => {
    const server = await serverWith(id, { kind: 'stop', afterChunks: 2 });
    const got = await finished(server);
    expect([got.end, textOf(got.raw)]).toEqual(['cut', words.slice(0, 2).join('')]);
    await server.stopped;
    await expect(connectTo(server)).rejects.toThrow('ECONNREFUSED');
  });

  it('truncate: a clean end without the end marker', async () => {
    const server = await serverWith(id, { kind: 'truncate', afterChunks: 5 });
    const got = await finished(server);
    expect([got.status, got.end, textOf(got.raw)]).toEqual([200, 'clean', words.slice(0, 5).join('')]);
    expect(got.raw).not.toContain(marker);
  });

  it('stall: k chunks and then nothing, or nothing but signs of life', async () => {
    const server = await serverWith(
      id,
      { kind: 'stall', afterChunks: 4 },
      { kind: 'stall', afterChunks: 4, pingEveryMs: 1 },
    );
    const stalled = call(server);
    const begun = words.slice(0, 4).join('');
    await vi.waitFor(() => expect(textOf(stalled.raw)).toBe(begun));
    const silentLength = stalled.raw.length;
    const pinging = call(server);
    await vi.waitFor(() => expect(textOf(pinging.raw)).toBe(begun));
    const pingFrom = pinging.raw.length;
    await vi.waitFor(() => expect(pinging.raw.length).toBeGreaterThan(pingFrom + 100));
    expect([stalled.raw.length, stalled.end]).toEqual([silentLength, 'open']);
    expect([textOf(pinging.raw), pinging.end]).toEqual([begun, 'open']);
    stalled.abort();
    pinging.abort();
    await vi.waitFor(() =>
      expect(server.log().map(({ end, chunksSent }) => [end, chunksSent])).toEqual([
        ['aborted', 4],
        ['aborted', 4],
      ]),
    );
  });

  it('malformed: a frame that is no JSON after k chunks', async () => {
    const server = await serverWith(id, { kind: 'malformed', afterChunks: 2 });
    const got = await finished(server);
    const last = got.raw
      .trimEnd()
      .split('\n')
      .at(-1)!
      .replace(/^data: /, '');
    expect(() => {
      JSON.parse(last);
    }).toThrow(SyntaxError);
    expect([got.end, textOf(got.raw)]).toEqual(['clean', words.slice(0, 2).join('')]);
  });

  it('refusal: a complete stream that ends as a refusal', async () => {
    const server = await serverWith(id, { kind: 'refusal', afterChunks: 1 });
    const got = await finished(server);
    const reason = {
      'demo-fast': '"finish_reason":"content_filter"',
      'demo-strong': '"stop_reason":"refusal"',
      'demo-flaky': '"done_reason":"stop"',
    }[id];
    expect([got.end, textOf(got.raw)]).toEqual(['clean', words[0]]);
    expect(got.raw).toContain(reason);
  });

  it('duplicate-chunk: one chunk comes twice', async () => {
    const server = await serverWith(id, { kind: 'duplicate-chunk', at: 2 });
    const got = await finished(server);
    expect(textOf(got.raw)).toBe([...words.slice(0, 3), ...words.slice(2)].join(''));
  });

  it.each(['huge', 'zero', 'negative', 'absent'] as const)('wrong-usage: %s', async (usage) => {
    const server = await serverWith(id, { kind: 'wrong-usage', usage });
    const got = await finished(server);
    const field = {
      'demo-fast': 'completion_tokens',
      'demo-strong': 'output_tokens',
      'demo-flaky': 'eval_count',
    }[id];
    const numbers = [...got.raw.matchAll(new RegExp(`"${field}":(-?\\d+)`, 'g'))].map((match) =>
      Number(match[1]),
    );
    // The Anthropic wire also counts in its first event; the wrong number is in the last.
    const late = id === 'demo-strong' ? numbers.slice(1) : numbers;
    expect(late).toEqual({ huge: [2 ** 40], zero: [0], negative: [-1], absent: [] }[usage]);
    expect([got.end, textOf(got.raw)]).toEqual(['clean', fullText]);
  });

  it('slow: takes its time for each chunk', async () => {
    const server = await serverWith(id, { kind: 'slow', chunkMs: 2, firstChunkMs: 30 });
    const got = await finished(server);
    const { receivedAtMs, firstChunkAtMs, endedAtMs } = lastLog(server);
    expect(firstChunkAtMs! - receivedAtMs).toBeGreaterThanOrEqual(25);
    expect(endedAtMs! - firstChunkAtMs!).toBeGreaterThanOrEqual(chunkCount - 1);
    expect(textOf(got.raw)).toBe(fullText);
  });

  it('slice: single bytes, through events and UTF-8 characters', async () => {
    const server = await serverWith(id, { kind: 'slice', bytes: 1 });
    const got = await finished(server);
    expect([got.end, textOf(got.raw)]).toEqual(['clean', fullText]);
    expect(lastLog(server)).toMatchObject({
      chunksSent: chunkCount,
      responseBytes: Buffer.byteLength(got.raw),
    });
  });

  it('endless: more than the text, until the client leaves', async () => {
    const server = await serverWith(id, { kind: 'endless' });
    const got = call(server);
    await vi.waitFor(() => expect(textOf(got.raw).length).toBeGreaterThan(3 * fullText.length));
    got.abort();
    await vi.waitFor(() => expect(lastLog(server)).toMatchObject({ end: 'aborted' }));
  });

  it('cuts a body that does not stream in two', async () => {
    const server = await serverWith(
      id,
      { kind: 'none' },
      { kind: 'die', afterChunks: 1 },
      { kind: 'truncate', afterChunks: 1 },
      { kind: 'error-event' },
      { kind: 'wrong-usage', usage: 'zero' },
    );
    const [whole, died, truncated, refused, wrong] = [
      await finished(server, false),
      await finished(server, false),
      await finished(server, false),
      await finished(server, false),
      await finished(server, false),
    ];
    expect([whole.status, whole.headers['content-type'], whole.end]).toEqual([
      200,
      'application/json',
      'clean',
    ]);
    expect(JSON.stringify(JSON.parse(whole.raw))).toContain(fullText);
    for (const [got, end] of [
      [died, 'cut'],
      [truncated, 'clean'],
    ] as const) {
      expect(got.end).toBe(end);
      expect(got.raw.length).toBeGreaterThan(whole.raw.length / 3);
      expect(() => {
        JSON.parse(got.raw);
      }).toThrow(SyntaxError);
    }
    expect(refused.status).toBe(529);
    expect(JSON.stringify(JSON.parse(wrong.raw))).toContain(fullText);
  });
});
