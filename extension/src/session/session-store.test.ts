import { emptySnapshot, type NumberedEvent, type Snapshot, type TaskView } from '@task-router/protocol';
import { describe, expect, it } from 'vitest';
import { taskSample } from '../../../test/support/wire-samples.ts';
import { SessionStore, type StoreChange } from './session-store.ts';

const task = (taskId: string, changes: Partial<TaskView> = {}) => taskSample({ taskId, ...changes });
const started = (seq: number, taskId: string): NumberedEvent => ({
  seq,
  event: { type: 'taskStarted', task: task(taskId) },
});
const delta = (seq: number, taskId: string, text: string): NumberedEvent => ({
  seq,
  event: { type: 'delta', taskId, text },
});

function setUp(): { store: SessionStore; asked: () => number; changes: StoreChange[] } {
  let asked = 0;
  const store = new SessionStore(() => {
    asked += 1;
  });
  const changes: StoreChange[] = [];
  store.onDidChange((change) => changes.push(change));
  return { store, asked: () => asked, changes };
}

const welcome = (snapshot?: Snapshot) => ({
  protocolVersion: '1.0',
  daemonVersion: '0',
  buildId: 'b',
  pid: 1,
  resume: snapshot === undefined ? ('replayed' as const) : ('snapshot' as const),
  ...(snapshot !== undefined && { snapshot }),
});

describe('SessionStore', () => {
  it('starts from the snapshot of the welcome and follows the events', () => {
    const { store, asked, changes } = setUp();
    store.welcome(welcome(emptySnapshot('e1')));
    store.apply(started(1, 't'));
    store.apply(delta(2, 't', 'Hel'));
    store.apply(delta(3, 't', 'lo'));
    expect(store.task('t')?.text).toBe('Hello');
    expect(store.resumePoint).toEqual({ epoch: 'e1', seq: 3 });
    expect(changes.map((change) => change.type)).toEqual(['snapshot', 'event', 'event', 'event']);
    expect(asked()).toBe(0);
  });

  it('keeps events that overtake the welcome', () => {
    const { store } = setUp();
    store.apply(started(1, 't'));
    store.welcome(welcome(emptySnapshot('e1')));
    expect(store.tasks.map(({ taskId }) => taskId)).toEqual(['t']);
  });

  it('ignores an event that it has already seen', () => {
    const { store } = setUp();
    store.welcome(welcome(emptySnapshot('e1')));
    store.apply(started(1, 't'));
    store.apply(delta(2, 't', 'a'));
    store.apply(delta(2, 't', 'a'));
    expect(store.task('t')?.text).toBe('a');
  });

  it('asks for a snapshot at a hole, once, and loses nothing that follows', () => {
    const { store, asked } = setUp();
    store.welcome(welcome(emptySnapshot('e1')));
    store.apply(started(1, 't'));
    store.apply(delta(3, 't', 'B'));
    store.apply(delta(4, 't', 'C'));
    expect(asked()).toBe(1);
    expect(store.task('t')?.text).toBe('');
    store.replace({ ...emptySnapshot('e1'), seq: 3, tasks: [task('t', { text: 'AB' })] });
    expect(store.task('t')?.text).toBe('ABC');
    expect(store.resumePoint?.seq).toBe(4);
  });

  it('goes on from where it was when the daemon replays', () => {
    const { store, asked } = setUp();
    store.welcome(welcome(emptySnapshot('e1')));
    store.apply(started(1, 't'));
    store.disconnected();
    expect(store.resumePoint).toEqual({ epoch: 'e1', seq: 1 });
    store.welcome(welcome());
    store.apply(delta(2, 't', 'x'));
    expect([store.task('t')?.text, asked()]).toEqual(['x', 0]);
  });

  it('asks for a snapshot when it is promised a replay of nothing', () => {
    const { store, asked } = setUp();
    store.welcome(welcome());
    expect(asked()).toBe(1);
  });

  it('keeps answers when another daemon takes over, and says which tasks were cut off', () => {
    const { store } = setUp();
    store.welcome(welcome(emptySnapshot('e1')));
    store.apply(started(1, 'running'));
    store.apply(delta(2, 'running', 'half an answer'));
    store.disconnected();
    store.welcome(welcome(emptySnapshot('e2')));
    expect(store.task('running')).toMatchObject({
      text: 'half an answer',
      error: { code: 'route.interrupted' },
    });
    expect(store.resumePoint).toEqual({ epoch: 'e2', seq: 0 });
  });

  it('believes the snapshot of the same daemon about which tasks there are', () => {
    const { store } = setUp();
    store.welcome(welcome(emptySnapshot('e1')));
    store.apply(started(1, 't'));
    store.replace({ ...emptySnapshot('e1'), seq: 5 });
    expect(store.tasks).toEqual([]);
  });
});
