import { expect, it } from 'vitest';
import { parseConnect, parseKeys } from './endpoint-arguments.ts';

it('reads the tool to connect, if any', () => {
  expect(parseConnect([])).toEqual({
    ...{ tool: null, keyName: null, choice: null, tries: false, json: false },
  });
  expect(parseConnect(['aider', '--key', 'aider at work', '--try', '--json'])).toEqual({
    ...{ tool: 'aider', keyName: 'aider at work', choice: null, tries: true, json: true },
  });
  expect(parseConnect(['aider', '--replace']).choice).toBe('replace');
  expect(parseConnect(['aider', '--another']).choice).toBe('another');
});

it('reads what is to become of keys', () => {
  expect(parseKeys(['--json'])).toEqual({ action: 'list', json: true });
  expect(parseKeys(['revoke', 'k1'])).toEqual({ action: 'revoke', id: 'k1', json: false });
  expect(parseKeys(['create', 'ci', '--budget', '2', '--allow', 'a/*', '--allow', 'b/*'])).toEqual({
    ...{
      action: 'create',
      toolName: 'ci',
      dailyBudgetUsd: 2,
      localOnly: false,
      allow: ['a/*', 'b/*'],
      json: false,
    },
  });
});

it('refuses what it does not know', () => {
  for (const words of [['emacs'], ['cline', 'aider']])
    expect(() => parseConnect(words)).toThrow(/Name one tool/);
  expect(() => parseConnect(['cline', '--replace', '--another'])).toThrow(/say one/);
  for (const words of [
    ['create'],
    ['make', 'x'],
    ['--budget', '1'],
    ['revoke', 'a', 'b'],
    ['create', 'x', '--budget', '-1'],
  ])
    expect(() => parseKeys(words)).toThrow();
});
