/** Types as a reader of docs/protocol.md sees them, from real zod schemas. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { typeText, type JsonSchema } from './type-text.ts';

describe('type text', () => {
  it.each<readonly [z.ZodType, string]>([
    [z.string().max(3), 'string'],
    [z.int().min(0), 'number'],
    [z.number().nullable(), 'number | null'],
    [z.enum(['a', 'b']), '"a" | "b"'],
    [z.array(z.string()), 'string[]'],
    [z.array(z.enum(['a', 'b'])), '("a" | "b")[]'],
    [z.tuple([z.string(), z.number()]), '[string, number]'],
    [z.record(z.string(), z.boolean()), '{\n  [name: string]: boolean;\n}'],
    [z.strictObject({}), '{}'],
    [z.unknown(), 'unknown'],
    [
      z.strictObject({
        id: z.literal(1),
        note: z.string().optional().describe('Why.'),
        in: z.object({ a: z.null() }),
      }),
      '{\n  id: 1;\n  // Why.\n  note?: string;\n  in: {\n    a: null;\n  };\n}',
    ],
  ])('%# prints as a TypeScript type', (schema, text) => {
    expect(typeText(z.toJSONSchema(schema, { io: 'input' }) as JsonSchema)).toBe(text);
  });
});
