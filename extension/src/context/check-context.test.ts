import { limits } from '@task-router/protocol';
import { describe, expect, it } from 'vitest';
import { checkContext, type ContextText } from './check-context.ts';

const file = (changes: Partial<ContextText>): ContextText => ({
  label: 'src/a.ts',
  name: 'a.ts',
  text: 'const a = 1;\n',
  isSelection: false,
  ...changes,
});

describe('checkContext', () => {
  it('lets ordinary text through, of any size up to the limit', () => {
    expect(() => checkContext(file({}))).not.toThrow();
    expect(() => checkContext(file({ text: 'x'.repeat(limits.contextBytes) }))).not.toThrow();
  });

  const refused: readonly (readonly [string, Partial<ContextText>, string])[] = [
    ['a file of 5 MB', { text: 'x'.repeat(5 * 1024 * 1024) }, 'task.contextTooLarge'],
    [
      'text that is small in characters and large in bytes',
      { text: '€'.repeat(limits.contextBytes / 2) },
      'task.contextTooLarge',
    ],
    ['a binary file', { text: 'PNG\0\0' }, 'task.fileBinary'],
    ['a binary selection', { text: '\0', isSelection: true }, 'task.fileBinary'],
    ['a file of secrets', { name: '.env', label: '.env' }, 'task.fileSecret'],
  ];
  it.each(refused)('refuses %s', (_name, changes, code) => {
    expect(() => checkContext(file(changes))).toThrow(expect.objectContaining({ code }));
  });

  it('lets a selection out of a secret file through: it was chosen by hand', () => {
    expect(() => checkContext(file({ name: '.env', isSelection: true }))).not.toThrow();
  });
});
