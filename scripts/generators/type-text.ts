/**
 * A JSON Schema as a TypeScript type: what a reader of docs/protocol.md knows already, at a tenth of the schema's length.
 * Bounds are left out on purpose; the schema is where they are enforced.
 */

/** The part of JSON Schema that zod emits. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly items?: JsonSchema | boolean;
  readonly prefixItems?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
}

/** `depth` is the indentation of the line the type begins on, in steps of two spaces. */
export function typeText(schema: JsonSchema, depth = 0): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return unique(choices.map((choice) => typeText(choice, depth))).join(' | ');
  if (schema.allOf !== undefined)
    return unique(schema.allOf.map((part) => typeText(part, depth))).join(' & ');
  const types = [schema.type ?? 'unknown'].flat();
  return types.map((type) => oneTypeText(type, schema, depth)).join(' | ');
}

function oneTypeText(type: string, schema: JsonSchema, depth: number): string {
  if (type === 'array') return arrayText(schema, depth);
  if (type === 'object') return objectText(schema, depth);
  return type === 'integer' ? 'number' : type;
}

function arrayText({ items, prefixItems }: JsonSchema, depth: number): string {
  if (prefixItems !== undefined) return `[${prefixItems.map((item) => typeText(item, depth)).join(', ')}]`;
  if (typeof items !== 'object') return 'unknown[]';
  return isUnion(items) ? `(${typeText(items, depth)})[]` : `${typeText(items, depth)}[]`;
}

function isUnion({ type, enum: values = [], anyOf, oneOf, allOf }: JsonSchema): boolean {
  return (
    Array.isArray(type) ||
    values.length > 1 ||
    [anyOf, oneOf, allOf].some((parts) => (parts?.length ?? 0) > 1)
  );
}

function objectText(
  { properties = {}, required = [], additionalProperties }: JsonSchema,
  depth: number,
): string {
  const indent = '  '.repeat(depth + 1);
  const lines = Object.entries(properties).flatMap(([name, property]) => {
    const optional = required.includes(name) ? '' : '?';
    const comment = property.description === undefined ? [] : [`${indent}// ${property.description}`];
    return [...comment, `${indent}${name}${optional}: ${typeText(property, depth + 1)};`];
  });
  if (typeof additionalProperties === 'object') {
    lines.push(`${indent}[name: string]: ${typeText(additionalProperties, depth + 1)};`);
  }
  return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${'  '.repeat(depth)}}`;
}

const unique = (texts: readonly string[]) => [...new Set(texts)];
