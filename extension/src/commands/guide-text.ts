/** A tool's settings as a page to read and copy from. Pure, so that each tool's page is tested without an editor. */
import { keyPlaceholder, type ToolGuide } from '@task-router/protocol';

export interface GuidePage {
  readonly text: string;
  /** What there is to copy, and on which line (from 0) it begins. */
  readonly copies: readonly { readonly line: number; readonly what: string; readonly text: string }[];
}

export function guidePage({ steps }: ToolGuide, name: string): GuidePage {
  const hasKey = !steps.some(({ copy }) => copy?.text.includes(keyPlaceholder));
  const about = hasKey
    ? `This page holds the key "${name}". It is kept in this window alone: copy now what you need. "Task Router: Revoke Key of a Tool" ends the key.`
    : `This page holds no key: ${name} has one already, and a key is shown only when it is made. Put it where ${keyPlaceholder} stands. Is it lost? Run "Task Router: Connect Another Tool" again and use a new one.`;
  const lines = [`${name} asks Task Router`, '', ...wrapped(about), ''];
  const copies: GuidePage['copies'][number][] = [];
  steps.forEach(({ text, copy }, index) => {
    lines.push(...wrapped(`${index + 1}. ${text}`), '');
    if (copy === undefined) return;
    // The place of a key that nobody can show is nothing to copy.
    if (copy.text !== keyPlaceholder) copies.push({ line: lines.length, what: copy.what, text: copy.text });
    lines.push(...copy.text.split('\n'), '');
  });
  lines.push(
    ...wrapped(
      'Models: auto decides by your policy; auto-fast, auto-best and auto-local by speed, by quality, and among models on this machine; a route such as claude/opus is taken as it is. Tasks of the tool appear in the Tasks view with its name.',
    ),
    '',
  );
  return { text: lines.join('\n'), copies };
}

/** Fits beside an editor's minimap. */
const columns = 80;

function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
