/**
 * Which fields of a request only its own format can express. A provider of the same format gets them with the bytes as
 * they came; for any other route they would be lost, and a loss that changes the answer must not be silent.
 */
export interface FieldRules {
  /** Fields that the common form of a call carries. */
  readonly carried: ReadonlySet<string>;
  /** Fields that only hint (caching, tiers, labels): the answer is as good without them. */
  readonly hints: ReadonlySet<string>;
  /** Fields that are lost only with some values: whether this one is harmless. */
  readonly harmless: Readonly<Record<string, (value: unknown) => boolean>>;
}

const most = 50;

/** Names of the top-level fields that can't be translated, unknown ones too: nobody knows what they mean. */
export function untranslatableFields(
  fields: Readonly<Record<string, unknown>>,
  { carried, hints, harmless }: FieldRules,
): string[] {
  const names: string[] = [];
  for (const name in fields) {
    const value = fields[name];
    if (carried.has(name) || hints.has(name) || saysNothing(value)) continue;
    if (Object.hasOwn(harmless, name) && harmless[name]?.(value) === true) continue;
    if (names.length < most) names.push(name.slice(0, 100));
  }
  return names;
}

/** Off, empty or absent in any way a client may write it. */
function saysNothing(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** Each name once, in order. */
export function distinct(...lists: readonly (readonly string[])[]): readonly string[] {
  if (lists.every(({ length }) => length === 0)) return none;
  return [...new Set(lists.flat())];
}

const none: readonly string[] = [];
