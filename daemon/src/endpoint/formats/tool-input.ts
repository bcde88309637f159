/** Arguments of a tool call: text on one wire, an object on the other. */

/** What the text says, when it is an object; else the text itself under a name, so that nothing is lost in silence. */
export function inputOf(json: string): Record<string, unknown> {
  if (json.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // A model's arguments may be cut off, or no JSON at all.
  }
  return { arguments: json };
}
