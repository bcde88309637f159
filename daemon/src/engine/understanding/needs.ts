/** What a route must be able to do for a task, as far as its words and attachments tell. Stated needs always count. */
import type { Needs } from '../model/task.ts';

/** What the caller knows for certain. */
export interface StatedNeeds {
  readonly tools?: boolean;
  readonly images?: boolean;
  readonly jsonSchema?: boolean;
  readonly reasoning?: boolean;
}

const structured =
  /\b(?:as|in|return|output|respond with|reply with|only|valid) (?:only )?(?:valid )?(?:a )?json\b|\bjson (?:schema|object|array|only|format)\b/;

/**
 * Needs of a task. Words alone never demand vision or tools: a route would be rejected for a turn of phrase. They do ask
 * for structured output, because an answer in another form is useless there.
 */
export function needsOf(plain: string, stated: StatedNeeds): Needs {
  return {
    tools: stated.tools ?? false,
    vision: stated.images ?? false,
    structuredOutput: stated.jsonSchema ?? asksForJson(plain),
    reasoning: stated.reasoning ?? false,
  };
}

function asksForJson(plain: string): boolean {
  const text = plain.slice(0, 2_000);
  return (
    text.includes('json') &&
    structured.test(text) &&
    /\b(?:only|valid|schema|must|exactly|machine)\b/.test(text)
  );
}
