import { describe, expect, it } from 'vitest';
import { taskSample } from '../../../test/support/wire-samples.ts';
import type { NumberedEvent, Outcome, RouterEvent } from '@task-router/protocol';
import { type EventLog, createEventLog } from './event-log.ts';

const minute = 60_000;
const outcome: Outcome = {
  status: 'succeeded',
  route: null,
  attempts: 1,
  finishReason: null,
  timings: { queuedMs: 0, firstTokenMs: null, totalMs: 0 },
  tokens: { input: null, output: null, cachedInput: null, reasoning: null },
  costUsd: null,
};

class Fixture {
  nowMs = 0;
  readonly log: EventLog = createEventLog({ epoch: 'e', clock: { nowMs: () => this.nowMs } });

  attach(clientId: string, client: 'editor' | 'cli' = 'editor', resume?: { epoch: string; seq: number }) {
    const received: NumberedEvent[] = [];
    const sent: (() => void)[] = [];
    const subscriber = {
      congested: false,
      isCongested: () => subscriber.congested,
      deliver: (event: NumberedEvent, onSent: () => void) => {
        received.push(event);
        sent.push(onSent);
      },
    };
    const initialState = () => ({ nodes: [], configProblems: [], wantedKeys: [] });
    const { start, detach } = this.log.attach({ clientId, client, resume, initialState, subscriber });
    return { start, detach, received, sent, subscriber };
  }
}

const delta = (text: string, taskId = 't'): RouterEvent => ({ type: 'delta', taskId, text });
const health: RouterEvent = { type: 'health', nodes: [] };
const started = (taskId: string): RouterEvent => ({ type: 'taskStarted', task: taskSample({ taskId }) });
const texts = (events: readonly NumberedEvent[]): string[] =>
  events.map(({ event }) => (event.type === 'delta' ? event.text : event.type));

describe('under back-pressure', () => {
  it('gathers text and sends it as one event when the reader has caught up', () => {
    const fixture = new Fixture();
    const { received, sent, subscriber } = fixture.attach('one');
    const { log } = fixture;
    log.emit('one', delta('a'));
    subscriber.congested = true;
    for (const text of ['b', 'c', 'd']) log.emit('one', delta(text));
    expect(texts(received)).toEqual(['a']);
    subscriber.congested = false;
    sent[0]?.();
    log.emit('one', delta('e'));
    expect(texts(received)).toEqual(['a', 'bcd', 'e']);
    expect(received.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it('never gathers or overtakes anything but text', () => {
    const fixture = new Fixture();
    const { received, subscriber } = fixture.attach('one');
    const { log } = fixture;
    subscriber.congested = true;
    log.emit('one', delta('a', 't'));
    log.emit('one', delta('x', 'u'));
    log.emit('one', delta('b', 't'));
    log.emit('one', health);
    log.emit('one', { type: 'outcome', taskId: 't', outcome });
    expect(texts(received)).toEqual(['health', 'ab', 'outcome']);
    expect(log.snapshot('one').seq).toBe(4);
    expect(texts(received)).toEqual(['health', 'ab', 'outcome', 'x']);
  });

  it('loses nothing when the slow connection goes away', () => {
    const fixture = new Fixture();
    const slow = fixture.attach('one');
    const { log } = fixture;
    slow.subscriber.congested = true;
    log.emit('one', started('t'));
    log.emit('one', delta('a'));
    slow.detach();
    expect(log.snapshot('one').tasks[0]?.text).toBe('a');
  });
});

describe('streams', () => {
  it('of an editor are kept for half an hour', () => {
    const fixture = new Fixture();
    fixture.attach('window').detach();
    fixture.nowMs = 29 * minute;
    expect(fixture.log.clientIds()).toEqual(['window']);
    fixture.nowMs = 31 * minute;
    expect(fixture.log.clientIds()).toEqual([]);
  });

  it('are kept while a task runs, however long', () => {
    const fixture = new Fixture();
    for (const [clientId, client] of [
      ['window', 'editor'],
      ['command', 'cli'],
    ] as const) {
      const { detach } = fixture.attach(clientId, client);
      fixture.log.emit(clientId, started('t'));
      detach();
    }
    fixture.nowMs = 600 * minute;
    expect(fixture.log.clientIds()).toEqual(['window', 'command']);
    fixture.log.emit('command', { type: 'outcome', taskId: 't', outcome });
    expect(fixture.log.clientIds()).toEqual(['window']);
  });

  it('of a command end with it', () => {
    const fixture = new Fixture();
    const { detach } = fixture.attach('command', 'cli');
    expect(fixture.log.clientIds()).toEqual(['command']);
    detach();
    expect(fixture.log.clientIds()).toEqual([]);
    fixture.log.emit('command', health);
  });

  it('are bounded in number; the one left first goes first, one in use never', () => {
    const fixture = new Fixture();
    fixture.attach('in-use');
    for (let n = 0; n < 200; n += 1) {
      fixture.nowMs = n;
      fixture.attach(`window-${n}`).detach();
    }
    const ids = fixture.log.clientIds();
    expect(ids).toHaveLength(128);
    expect(ids[0]).toBe('in-use');
    expect(ids.at(-1)).toBe('window-199');
  });

  it('that were forgotten are not taken for their successor', () => {
    const fixture = new Fixture();
    const first = fixture.attach('window');
    const epoch = first.start.resume === 'snapshot' ? first.start.snapshot.epoch : '';
    fixture.log.emit('window', health);
    first.detach();
    fixture.nowMs = 60 * minute;
    fixture.log.clientIds();
    fixture.attach('window');
    for (let n = 0; n < 5; n += 1) fixture.log.emit('window', health);
    expect(fixture.attach('window', 'editor', { epoch, seq: 1 }).start.resume).toBe('snapshot');
  });

  it('drop what is older than their bound in size', () => {
    const fixture = new Fixture();
    const { start } = fixture.attach('window');
    const epoch = start.resume === 'snapshot' ? start.snapshot.epoch : '';
    for (let n = 0; n < 20; n += 1) fixture.log.emit('window', delta('x'.repeat(100_000)));
    const resume = (seq: number) => fixture.attach('window', 'editor', { epoch, seq }).start;
    expect(resume(20)).toEqual({ resume: 'replayed', missed: [] });
    expect(resume(15)).toMatchObject({ resume: 'replayed', missed: { length: 5 } });
    expect(resume(0).resume).toBe('snapshot');
  });
});
