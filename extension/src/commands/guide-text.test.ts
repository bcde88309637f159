import { keyPlaceholder, toolGuide, toolIds } from '@task-router/protocol';
import { expect, it } from 'vitest';
import { guidePage } from './guide-text.ts';

it.each(toolIds)('%s: each thing to copy stands on the page as it is, from its line on', (tool) => {
  const { text, copies } = guidePage(toolGuide(tool, 'http://127.0.0.1:14114', 'trk_key'), 'My tool');
  expect(text).toContain('My tool asks Task Router');
  expect(copies.length).toBeGreaterThan(0);
  const lines = text.split('\n');
  for (const copy of copies) {
    const shown = lines.slice(copy.line, copy.line + copy.text.split('\n').length);
    expect(shown.join('\n')).toBe(copy.text);
  }
});

it.each(toolIds)(
  '%s: a page without a key says where the tool’s own goes, and offers no placeholder to copy',
  (tool) => {
    const page = guidePage(toolGuide(tool, 'http://127.0.0.1:14114', keyPlaceholder), 'My tool');
    expect(page.text).toContain('This page holds no key');
    expect(page.copies.map(({ text }) => text)).not.toContain(keyPlaceholder);
  },
);
