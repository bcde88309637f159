/** How a setting is called where a developer meets it, so that a decision can name the one that decided. */
import type { PolicyLayer } from '../../model/policy.ts';

/** Bounds names that come from folders and files; a whole setting stays well below what the wire takes. */
const maxNameChars = 120;
const maxValueChars = 200;

export type PolicyField = keyof PolicyLayer['policy'];

/** `Folder "api": taskRouter.policy.localOnly`, or `config.jsonc: policy.localOnly` for a file of the user's. */
export function settingName(
  { level, name }: Pick<PolicyLayer, 'level' | 'name'>,
  field: PolicyField,
): string {
  const shown = cut(name, maxNameChars);
  switch (level) {
    case 'user':
      return /\.jsonc?$/.test(shown) ? `${shown}: policy.${field}` : `${shown}: taskRouter.policy.${field}`;
    case 'workspace':
      return `Workspace "${shown}": taskRouter.policy.${field}`;
    case 'folder':
      return `Folder "${shown}": taskRouter.policy.${field}`;
    case 'task':
      return `This task: ${field}`;
  }
}

/** The setting with its value. */
export function settingText(setting: string, value: unknown): string {
  return `${setting} = ${cut(JSON.stringify(value), maxValueChars)}`;
}

function cut(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, chars - 1)}…`;
}
