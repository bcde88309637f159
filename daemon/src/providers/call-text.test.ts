import { expect, it } from 'vitest';
import { callOf, charsOf, plainMessages, textsOf, withMessages } from './call-text.ts';
import type { ModelCall } from './model-call.ts';

const messages = [
  { role: 'system', text: 'Be brief.' },
  { role: 'user', text: 'Why?' },
  { role: 'assistant', text: '' },
  { role: 'assistant', text: 'Because.' },
] as const;

const rich: ModelCall = {
  tools: [{ type: 'function', name: 'read', inputSchema: { type: 'object' } }],
  prompt: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Look:' },
        { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'aGVsbG8=' } },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: '...' },
        { type: 'tool-call', toolCallId: '1', toolName: 'read', input: { path: 'a' } },
      ],
    },
    {
      role: 'tool',
      content: [
        {
          ...{ type: 'tool-result', toolCallId: '1', toolName: 'read' },
          output: {
            type: 'content',
            value: [
              { type: 'text', text: 'the file' },
              { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'aGVsbG8=' } },
            ],
          },
        },
      ],
    },
  ],
};

it('makes a call of text and reads it back, without what is empty', () => {
  const call = callOf(messages);
  const said = messages.filter(({ text }) => text !== '');
  expect(plainMessages(call)).toEqual(said);
  expect(textsOf(call)).toEqual(said);
  expect(charsOf(call)).toBe('Be brief.Why?Because.'.length);
  expect(plainMessages(withMessages(call, [{ role: 'user', text: 'On.' }])).at(-1)?.text).toBe('On.');
});

it('counts schemas, calls, results and images for the size, and only sure text for what a server reads', () => {
  const image = 4_000;
  const written =
    '[{"type":"function","name":"read","inputSchema":{"type":"object"}}]Look:...read{"path":"a"}the file';
  expect(charsOf(rich)).toBe(written.length + 2 * image);
  expect(textsOf(rich).map(({ text }) => text.trim())).toEqual(['Look:', '', 'the file']);
  expect(plainMessages(rich)).toEqual([{ role: 'user', text: 'Look:' }]);
});
