/** How a task is called wherever the editor names one. */
import type { TaskView } from '@task-router/protocol';

/** By its first words, after the tool that sent it where another did. */
export function taskName({ title, tool }: Pick<TaskView, 'title' | 'tool'>): string {
  return tool === undefined ? title : `${tool} · ${title}`;
}
