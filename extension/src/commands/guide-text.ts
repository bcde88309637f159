/** A tool's settings as a page to read and copy from. */
import type { GuideLanguage, ToolGuide } from '@task-router/protocol';

const fences: Readonly<Record<GuideLanguage, string>> = {
  text: 'text',
  json: 'json',
  yaml: 'yaml',
  shell: 'sh',
};

export function guideText({ name, steps }: ToolGuide, keyName: string): string {
  const listed = steps.map(({ text, copy }, index) =>
    [
      `${index + 1}. ${text}`,
      ...(copy === undefined ? [] : ['', `\`\`\`${fences[copy.language]}`, copy.text, '```']),
    ].join('\n'),
  );
  return [
    `# ${name} asks Task Router`,
    '',
    `This page holds the key "${keyName}". It is kept in this window alone and is gone when the window is: copy now what you need. "Task Router: Revoke Key of a Tool" ends the key.`,
    '',
    listed.join('\n\n'),
    '',
    'Models: `auto` decides by your policy, `auto-fast`, `auto-best` and `auto-local` by speed, quality and on this machine alone; a route such as `claude/opus` is taken as it is. Tasks of the tool appear in the Tasks view with its name.',
    '',
  ].join('\n');
}
