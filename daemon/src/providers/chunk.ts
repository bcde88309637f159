/** Judges a chunk that does not have the shape it should have: is it an error, and would skipping it lose text? */

const textNames = new Set([
  'text',
  'content',
  'delta',
  'parts',
  'candidates',
  'choices',
  'message',
  'output_text',
]);
const maxDepth = 8;

/** Whether the chunk reports an error, in any of the ways seen: `error` as text or object, or a bare error object. */
export function hasError(chunk: unknown): boolean {
  if (typeof chunk !== 'object' || chunk === null) return false;
  if ('error' in chunk && chunk.error !== null && chunk.error !== undefined) return true;
  return ('object' in chunk && chunk.object === 'error') || ('type' in chunk && chunk.type === 'error');
}

/** Whether nothing is lost when the chunk is passed over: no error and no text in it. */
export function isHarmless(chunk: unknown): boolean {
  return typeof chunk === 'object' && chunk !== null && !hasError(chunk) && !hasText(chunk, maxDepth);
}

function hasText(value: unknown, depth: number): boolean {
  if (depth === 0) return true;
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some((each) => hasText(each, depth - 1));
  return Object.entries(value).some(([name, inner]) =>
    typeof inner === 'string' ? textNames.has(name) && inner !== '' : hasText(inner, depth - 1),
  );
}
