/** What a page may ask of the extension: a closed list. Anything else is dropped, and that it came is logged. */
import { panelCommandSchema, type PanelCommand } from '@task-router/protocol';

/** Enough to recognise a mistake of our own; a hostile page must not fill the log. */
const loggedChars = 200;

export function parsePanelMessage(message: unknown, warn: (text: string) => void): PanelCommand | undefined {
  const parsed = panelCommandSchema.safeParse(message);
  if (parsed.success) return parsed.data;
  warn(`Dropped a message of the panel: ${summary(message)}`);
  return undefined;
}

function summary(message: unknown): string {
  try {
    const text: unknown = JSON.stringify(message);
    return typeof text === 'string' ? text.slice(0, loggedChars) : typeof message;
  } catch {
    return 'not JSON';
  }
}
