import { describe, expect, it } from 'vitest';
import { hashText, type Origin } from '../context/origin.ts';
import { TaskMemory, type WorkspaceMemory } from './task-memory.ts';

class Memory implements WorkspaceMemory {
  readonly values = new Map<string, unknown>();
  get(key: string): unknown {
    return this.values.get(key);
  }
  async update(key: string, value: unknown): Promise<void> {
    this.values.set(key, JSON.parse(JSON.stringify(value)));
  }
}

const origin: Origin = {
  uri: 'file:///a.ts',
  version: 3,
  label: 'a.ts',
  selection: { startLine: 0, startCharacter: 0, endLine: 1, endCharacter: 0 },
  textHash: hashText('text'),
};
const sent = {
  task: { task: { prompt: 'canary prompt', context: [{ file: 'a.ts', text: 'canary text' }] } },
  document: 'file:///a.ts',
  origin,
};

describe('TaskMemory', () => {
  it('keeps place and grade over a reload, and no prompt or text', () => {
    const disk = new Memory();
    const before = new TaskMemory(disk);
    before.remember('t1', sent);
    before.setGrade('t1', 'good');
    expect(before.sent('t1')).toBe(sent);
    const after = new TaskMemory(disk);
    expect([after.origin('t1'), after.grades, after.sent('t1')]).toEqual([origin, { t1: 'good' }, undefined]);
    expect(JSON.stringify([...disk.values])).not.toContain('canary');
  });

  it('lets go of what the history no longer has', () => {
    const disk = new Memory();
    const memory = new TaskMemory(disk);
    for (const taskId of ['t1', 't2']) memory.remember(taskId, sent);
    memory.keepOnly(new Set(['t2']));
    expect([memory.sent('t1'), memory.origin('t1'), memory.sent('t2')]).toEqual([undefined, null, sent]);
    expect(new TaskMemory(disk).origin('t1')).toBeNull();
  });

  it('is bounded', () => {
    const disk = new Memory();
    const memory = new TaskMemory(disk);
    for (let index = 0; index < 120; index++) memory.remember(`t${index}`, sent);
    expect((disk.values.values().next().value as unknown[]).length).toBe(50);
    expect([memory.origin('t0'), memory.sent('t0')]).toEqual([null, undefined]);
    expect(memory.origin('t119')).toEqual(origin);
  });

  it('forgets what it does not understand instead of failing', () => {
    const disk = new Memory();
    disk.values.set('taskRouter.tasks', [{ taskId: 7 }]);
    expect(new TaskMemory(disk).grades).toEqual({});
  });
});
