import type { PanelUpdate, RouterEvent, Snapshot } from '@task-router/protocol';
import { emptySnapshot } from '@task-router/protocol/reduce';
import { describe, expect, it } from 'vitest';
import { task } from '../../dev/samples.ts';
import { applyUpdate, initialState, isPanelUpdate, type PanelState } from './panel-state.ts';

const snapshot = (more: Partial<Snapshot> = {}): PanelUpdate => ({
  type: 'snapshot',
  snapshot: { ...emptySnapshot('e'), ...more },
  selectedTaskId: null,
  graded: {},
});
const delta = (seq: number, text: string): PanelUpdate => ({
  type: 'event',
  event: { seq, event: { type: 'delta', taskId: 't1', text } },
});
const withTask = (): PanelState =>
  applyUpdate(initialState(null), snapshot({ seq: 4, tasks: [task('t1', { text: 'a' })] })).state;

describe('applyUpdate', () => {
  it('applies events in order and reports what happened', () => {
    const { state, hasGap, happened } = applyUpdate(withTask(), delta(5, 'b'));
    expect(hasGap).toBe(false);
    expect(happened).toEqual({ type: 'delta', taskId: 't1', text: 'b' } satisfies RouterEvent);
    expect(state.snapshot?.seq).toBe(5);
    expect(state.snapshot?.tasks[0]?.text).toBe('ab');
  });

  it('ignores what the snapshot already holds', () => {
    const before = withTask();
    expect(applyUpdate(before, delta(4, 'x'))).toEqual({ state: before, hasGap: false, happened: null });
  });

  it('asks again when events are missing, without applying what came after', () => {
    const before = withTask();
    expect(applyUpdate(before, delta(6, 'x'))).toEqual({ state: before, hasGap: true, happened: null });
    expect(applyUpdate(initialState(null), delta(1, 'x')).hasGap).toBe(true);
  });

  it('keeps the selection that a snapshot does not name', () => {
    const { state } = applyUpdate(initialState('t7'), snapshot());
    expect(state.selectedTaskId).toBe('t7');
    expect(
      applyUpdate(state, { ...snapshot(), selectedTaskId: 't8' } as PanelUpdate).state.selectedTaskId,
    ).toBe('t8');
    expect(applyUpdate(state, { type: 'select', taskId: 't9' }).state.selectedTaskId).toBe('t9');
    expect(applyUpdate(state, { type: 'explain', taskId: 't9' }).state.selectedTaskId).toBe('t9');
  });

  it('keeps grades and the connection', () => {
    const graded = applyUpdate(withTask(), { type: 'graded', taskId: 't1', grade: 'bad' }).state;
    expect(graded.graded).toEqual({ t1: 'bad' });
    const lost = applyUpdate(graded, { type: 'connection', state: 'disconnected', message: 'why' }).state;
    expect(lost.connection).toMatchObject({ state: 'disconnected', message: 'why' });
    expect(applyUpdate(lost, snapshot()).state.connection?.state).toBe('disconnected');
  });
});

describe('isPanelUpdate', () => {
  it.each([
    [{ type: 'snapshot' }, true],
    [{ type: 'vscode-something-else' }, false],
    [{}, false],
    ['snapshot', false],
    [null, false],
  ])('%j: %s', (data, expected) => expect(isPanelUpdate(data)).toBe(expected));
});
