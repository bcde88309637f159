import { expect, it } from 'vitest';
import { toolGuide, toolIds } from './tool-guides.ts';

const address = 'http://127.0.0.1:14114';
const key = 'trk_0123456789';

it.each(toolIds)('%s: names the address and the key, each to be pasted as it is', (tool) => {
  const pasted = toolGuide(tool, address, key).steps.flatMap(({ copy }) => (copy ? [copy] : []));
  const text = pasted.map((copy) => copy.text).join('\n');
  expect(text).toContain(address);
  expect(text).toContain(key);
  for (const copy of pasted.filter(({ language }) => language === 'json'))
    expect(() => JSON.parse(copy.text) as unknown).not.toThrow();
});

it('gives Anthropic’s clients the address without /v1, which they add, and OpenAI’s with it', () => {
  const text = (tool: (typeof toolIds)[number]): string => JSON.stringify(toolGuide(tool, address, key));
  expect(text('claude-code')).not.toContain(`${address}/v1`);
  for (const tool of ['cline', 'continue', 'aider', 'opencode', 'vscode'] as const)
    expect(text(tool)).toContain(`${address}/v1`);
});

it('tells every tool that guesses sizes what a usual model takes: some would cut answers at 4,096 tokens, or never shorten', () => {
  for (const tool of ['vscode', 'continue', 'aider', 'claude-code', 'opencode', 'pi'] as const)
    expect([tool, JSON.stringify(toolGuide(tool, address, key))]).toEqual([
      tool,
      expect.stringMatching(/128000/),
    ]);
});

it('keeps the key out of files that stand beside a project’s own', () => {
  const withFile = toolGuide('aider', address, key).steps.filter(({ text }) => text.includes('.aider.'));
  expect(withFile).toHaveLength(2);
  expect(JSON.stringify(withFile)).not.toContain(key);
});
