/**
 * A JSON Schema without references and without words about the schema itself. References are replaced by what they
 * stand for, to a bounded size: a schema may refer to itself, and a small hostile one may grow without end.
 */
import type { JSONSchema7 } from '@ai-sdk/provider';

const aboutItself = new Set([
  '$schema',
  '$id',
  '$anchor',
  '$comment',
  '$defs',
  'definitions',
  'additionalProperties',
]);
/** Words whose value is a record of schemas by name. */
const records = new Set(['properties', 'patternProperties', 'dependentSchemas']);
/** Words whose value is data, never a schema. */
const data = new Set(['enum', 'const', 'default', 'examples', 'example', 'required']);

const maxDepth = 40;
/** One for each schema and each 100 characters or values in it. */
const maxCost = 5000;

interface Walk {
  readonly root: unknown;
  /** References that are being replaced, outermost first. */
  readonly inside: readonly string[];
  readonly depth: number;
  readonly cost: { spent: number };
}

/** `schema` with every local reference inlined; one that refers to itself, is unknown or goes too deep becomes `{}`. */
export function plainSchema(schema: JSONSchema7): JSONSchema7 {
  const result = plain(schema, { root: schema, inside: [], depth: 0, cost: { spent: 0 } });
  return isRecord(result) ? result : {};
}

function plain(schema: unknown, walk: Walk): unknown {
  if (Array.isArray(schema)) return schema.map((each) => plain(each, deeper(walk)));
  if (!isRecord(schema)) return schema;
  walk.cost.spent += costOf(schema);
  if (walk.depth > maxDepth || walk.cost.spent > maxCost) return {};
  const { $ref, ...rest } = schema;
  const own = plainWords(rest, walk);
  if (typeof $ref !== 'string') return own;
  if (walk.inside.includes($ref)) return own;
  const target = plain(resolve($ref, walk.root), { ...deeper(walk), inside: [...walk.inside, $ref] });
  return isRecord(target) ? { ...target, ...own } : own;
}

function plainWords(schema: Readonly<Record<string, unknown>>, walk: Walk): Record<string, unknown> {
  const words = Object.entries(schema).filter(([word]) => !aboutItself.has(word));
  return Object.fromEntries(
    words.map(([word, value]) => {
      if (data.has(word)) return [word, value];
      if (!records.has(word) || !isRecord(value)) return [word, plain(value, deeper(walk))];
      const named = Object.entries(value).map(([name, each]) => [name, plain(each, deeper(walk))]);
      return [word, Object.fromEntries(named)];
    }),
  );
}

function costOf(schema: Readonly<Record<string, unknown>>): number {
  const sizes = Object.values(schema).map((value) =>
    typeof value === 'string' || Array.isArray(value) ? value.length : 0,
  );
  return 1 + sizes.reduce((sum, size) => sum + size / 100, 0);
}

function deeper(walk: Walk): Walk {
  return { ...walk, depth: walk.depth + 1 };
}

/** What a reference within the document stands for; undefined: nothing that is known. */
function resolve(reference: string, root: unknown): unknown {
  if (!reference.startsWith('#')) return undefined;
  let at: unknown = root;
  for (const step of reference.slice(1).split('/').filter(Boolean)) {
    const name = decode(step);
    if (!isRecord(at) || !Object.hasOwn(at, name)) return undefined;
    at = at[name];
  }
  return at;
}

function decode(step: string): string {
  const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
