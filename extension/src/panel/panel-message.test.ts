import { describe, expect, it } from 'vitest';
import { parsePanelMessage } from './panel-message.ts';

function check(message: unknown): { command: unknown; warnings: string[] } {
  const warnings: string[] = [];
  return { command: parsePanelMessage(message, (text) => warnings.push(text)), warnings };
}

describe('parsePanelMessage', () => {
  it.each([
    { type: 'ready' },
    { type: 'cancel', taskId: 't1' },
    { type: 'replace', taskId: 't1', codeBlock: 0 },
    { type: 'openExternal', url: 'https://example.com/docs' },
  ])('takes %j', (message) => {
    expect(check(message)).toEqual({ command: message, warnings: [] });
  });

  const hostile: readonly unknown[] = [
    undefined,
    null,
    'ready',
    [],
    {},
    { type: 'workbench.action.terminal.new' },
    { type: 'executeCommand', command: 'rm' },
    { type: 'ready', extra: 1 },
    { type: 'cancel' },
    { type: 'cancel', taskId: 7 },
    { type: 'cancel', taskId: 'x'.repeat(10_000) },
    { type: 'replace', taskId: 't', codeBlock: -1 },
    { type: 'openExternal', url: 'http://example.com' },
    { type: 'openExternal', url: 'command:workbench.action.quit' },
    { type: 'openExternal', url: 'javascript:alert(1)' },
    JSON.parse('{"__proto__":{"type":"ready"}}') as unknown,
  ];
  it.each(hostile.map((message) => [message]))('drops and logs %j', (message) => {
    const { command, warnings } = check(message);
    expect(command).toBeUndefined();
    expect(warnings.length).toBe(1);
    expect(warnings[0]!.length).toBeLessThan(300);
  });

  it('survives a message that is not JSON', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    expect(check(loop).command).toBeUndefined();
  });
});
