import { RouterError, emptySnapshot, type NumberedEvent, type Outcome } from '@task-router/protocol';
import { describe, expect, it } from 'vitest';
import { outcomeSample, taskSample } from '../../../test/support/wire-samples.ts';
import { SessionStore } from './session-store.ts';
import { TaskRuns, type RouteResult, type TaskRunPorts } from './task-runs.ts';

const outcome = (status: Outcome['status']) => outcomeSample({ status });
const result = (taskId: string, status: Outcome['status'] = 'succeeded'): RouteResult => ({
  taskId,
  decisionId: `d-${taskId}`,
  outcome: outcome(status),
});
const view = (taskId: string) => taskSample({ taskId });
const lost = (): RouterError => {
  const cause = Object.assign(new Error('gone'), { code: -32_097 });
  return new RouterError('daemon.unreachable', 'The connection ended before the answer came.', { cause });
};

type Params = Parameters<TaskRunPorts['route']>[0];
interface Call {
  readonly params: Params;
  readonly signal: AbortSignal;
  readonly answer: PromiseWithResolvers<RouteResult>;
}

class Daemon implements TaskRunPorts {
  readonly calls: Call[] = [];
  readonly store: SessionStore;
  readonly runs: TaskRuns;
  #seq = 0;
  connected = Promise.withResolvers<undefined>();

  constructor() {
    this.store = new SessionStore(() => undefined);
    this.store.replace(emptySnapshot('e1'));
    this.runs = new TaskRuns(this, this.store);
    this.connected.resolve(undefined);
  }

  route(params: Params, signal: AbortSignal): Promise<RouteResult> {
    const answer = Promise.withResolvers<RouteResult>();
    this.calls.push({ params, signal, answer });
    signal.addEventListener('abort', () => undefined);
    return answer.promise;
  }

  async whenConnected(): Promise<void> {
    await this.connected.promise;
  }

  emit(event: NumberedEvent['event']): void {
    this.#seq += 1;
    this.store.apply({ seq: this.#seq, event });
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !condition(); turn++)
    await new Promise((resolve) => setImmediate(resolve));
  expect(condition()).toBe(true);
}

describe('TaskRuns', () => {
  it('starts a task, learns its id, and hands over its result', async () => {
    const daemon = new Daemon();
    const run = daemon.runs.start({ task: { prompt: 'a' } });
    await until(() => daemon.calls.length === 1);
    expect(daemon.calls[0]!.params).toMatchObject({ type: 'run', onDisconnect: 'continue' });
    daemon.emit({ type: 'taskStarted', task: view('t1') });
    await expect(run.started).resolves.toBe('t1');
    daemon.calls[0]!.answer.resolve(result('t1'));
    await expect(run.result).resolves.toEqual(result('t1'));
    expect(daemon.runs.count).toBe(0);
  });

  it('keeps tasks that start together apart', async () => {
    const daemon = new Daemon();
    const first = daemon.runs.start({ task: { prompt: 'a' } });
    const second = daemon.runs.start({ task: { prompt: 'b' } });
    await until(() => daemon.calls.length === 1);
    daemon.emit({ type: 'taskStarted', task: view('t1') });
    await until(() => daemon.calls.length === 2);
    daemon.emit({ type: 'taskStarted', task: view('t2') });
    await expect(Promise.all([first.started, second.started])).resolves.toEqual(['t1', 't2']);
  });

  it('lets the next one start when one is refused', async () => {
    const daemon = new Daemon();
    const first = daemon.runs.start({ task: { prompt: '' } });
    const second = daemon.runs.start({ task: { prompt: 'b' } });
    await until(() => daemon.calls.length === 1);
    daemon.calls[0]!.answer.reject(new RouterError('task.empty', 'Empty.'));
    await expect(first.started).rejects.toMatchObject({ code: 'task.empty' });
    await expect(first.result).rejects.toMatchObject({ code: 'task.empty' });
    await until(() => daemon.calls.length === 2);
    daemon.calls[1]!.answer.resolve(result('t2'));
    await expect(second.started).resolves.toBe('t2');
  });

  it('attaches again when the connection dies, and never sends the task twice', async () => {
    const daemon = new Daemon();
    const run = daemon.runs.start({ task: { prompt: 'a' } });
    await until(() => daemon.calls.length === 1);
    daemon.emit({ type: 'taskStarted', task: view('t1') });
    daemon.connected = Promise.withResolvers<undefined>();
    daemon.calls[0]!.answer.reject(lost());
    await new Promise((resolve) => setImmediate(resolve));
    expect(daemon.calls.length).toBe(1);
    daemon.connected.resolve(undefined);
    await until(() => daemon.calls.length === 2);
    expect(daemon.calls[1]!.params).toEqual({ type: 'attach', taskId: 't1' });
    daemon.calls[1]!.answer.resolve(result('t1'));
    await expect(run.result).resolves.toEqual(result('t1'));
    expect(daemon.calls.filter(({ params }) => params.type === 'run').length).toBe(1);
  });

  it('says so when the connection died before the daemon had the task', async () => {
    const daemon = new Daemon();
    const run = daemon.runs.start({ task: { prompt: 'a' } });
    await until(() => daemon.calls.length === 1);
    daemon.calls[0]!.answer.reject(lost());
    await expect(run.result).rejects.toMatchObject({
      code: 'daemon.unreachable',
      message: expect.stringContaining('nothing was sent') as unknown,
    });
    expect(daemon.calls.length).toBe(1);
  });

  it('believes the event stream when the task ended while nobody was attached', async () => {
    const daemon = new Daemon();
    const run = daemon.runs.start({ task: { prompt: 'a' } });
    await until(() => daemon.calls.length === 1);
    daemon.emit({ type: 'taskStarted', task: view('t1') });
    daemon.calls[0]!.answer.reject(lost());
    await until(() => daemon.calls.length === 2);
    daemon.emit({ type: 'outcome', taskId: 't1', outcome: outcome('succeeded') });
    daemon.calls[1]!.answer.reject(new RouterError('task.notFound', 'Not running any more.'));
    await expect(run.result).resolves.toMatchObject({ taskId: 't1', outcome: { status: 'succeeded' } });
  });

  it('waits, after a reload, for the tasks that still run, each once, and can cancel them', async () => {
    const daemon = new Daemon();
    const begun: boolean[] = [];
    daemon.runs.onDidBegin((run) => begun.push(run.isAttached));
    daemon.store.replace({
      ...emptySnapshot('e1'),
      tasks: [view('t1'), { ...view('done'), outcome: outcome('succeeded') }],
    });
    daemon.runs.attachToRunning();
    daemon.runs.attachToRunning();
    await until(() => daemon.calls.length === 1);
    expect(begun).toEqual([true]);
    expect(daemon.runs.cancel('t1')).toBe(true);
    expect(daemon.calls[0]!.signal.aborted).toBe(true);
    expect(daemon.runs.cancel('done')).toBe(false);
  });

  it('does not start what was cancelled while it waited for its turn', async () => {
    const daemon = new Daemon();
    daemon.runs.start({ task: { prompt: 'a' } });
    const second = daemon.runs.start({ task: { prompt: 'b' } });
    await until(() => daemon.calls.length === 1);
    second.cancel();
    daemon.emit({ type: 'taskStarted', task: view('t1') });
    await expect(second.result).rejects.toMatchObject({
      message: expect.stringContaining('cancelled') as unknown,
    });
    expect(daemon.calls.length).toBe(1);
  });
});
