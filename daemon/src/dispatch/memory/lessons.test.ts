import { describe, expect, it } from 'vitest';
import { Lessons } from './lessons.ts';

function stage() {
  const learned: string[] = [];
  const errors: string[] = [];
  const ignored = (): void => undefined;
  const error = (event: string): void => void errors.push(event);
  const lessons = new Lessons({ debug: ignored, info: ignored, warn: ignored, error });
  return { lessons, learned, errors, teach: (what: string) => lessons.add(() => learned.push(what)) };
}

const nextTurn = () => new Promise((resolve) => void setImmediate(resolve));

describe('Lessons', () => {
  it('are learned in their order, after what was put at the end of their turn', async () => {
    const { learned, teach } = stage();
    teach('one');
    setImmediate(() => learned.push('the commit'));
    teach('two');
    expect(learned).toEqual([]);
    await nextTurn();
    expect(learned).toEqual(['the commit']);
    await nextTurn();
    await nextTurn();
    expect(learned).toEqual(['the commit', 'one', 'two']);
  });

  it('are learned at once, and once, where somebody asks', async () => {
    const { lessons, learned, teach } = stage();
    teach('one');
    lessons.learn();
    expect(learned).toEqual(['one']);
    teach('two');
    await nextTurn();
    await nextTurn();
    await nextTurn();
    expect(learned).toEqual(['one', 'two']);
  });

  it('may ask and teach themselves', () => {
    const { lessons, learned, teach } = stage();
    lessons.add(() => {
      lessons.learn();
      learned.push('first');
      teach('third');
    });
    teach('second');
    lessons.learn();
    expect(learned).toEqual(['first', 'second']);
    lessons.learn();
    expect(learned).toEqual(['first', 'second', 'third']);
  });

  it('that fail cost nobody else theirs', () => {
    const { lessons, learned, errors, teach } = stage();
    lessons.add(() => {
      throw new Error('no');
    });
    teach('two');
    lessons.learn();
    expect(learned).toEqual(['two']);
    expect(errors).toHaveLength(1);
  });
});
