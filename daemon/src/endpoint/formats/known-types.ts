/**
 * Unions by `type` or `role` that grow: vendors add kinds of blocks, parts and tools all the time. One that is not known
 * here is no error, since a provider of the same format may know it; it becomes an `unknown` that keeps its name.
 */
import * as z from 'zod';

/** What stands in a request in place of a thing whose kind is not known here. */
export const unknownSchema = z.object({ type: z.literal('unknown'), name: z.string() });

/**
 * A step before a discriminated union: passes on what is of a known kind, and turns the rest into `unknown`.
 * @param kindOf reads the kind; undefined: not even an object with one, which is left for the union to refuse
 */
export function orUnknown(known: ReadonlySet<string>, field: 'type' | 'role' = 'type') {
  return (raw: unknown): unknown => {
    if (typeof raw !== 'object' || raw === null || !(field in raw)) return raw;
    const kind = (raw as Record<string, unknown>)[field];
    if (typeof kind !== 'string' || known.has(kind)) return raw;
    return { [field]: 'unknown', type: 'unknown', name: kind.slice(0, 100) };
  };
}
