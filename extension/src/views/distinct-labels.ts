/**
 * Names of models that stand below each other in a narrow tree. A row is cut at its end, and siblings often differ only
 * there (`qwen2.5-coder-7b-instruct`, `…-14b-instruct`): what they share is left out instead, in the middle, so that the
 * difference is read first. The whole name stays in the hover and is what a screen reader says.
 */

/** A tree in a side bar of 200 px shows at least so many characters of a route's name. */
const seenChars = 14;

/** What is left of a beginning that several share. */
const keptChars = 8;

/** In the order of `names`; a name that differs from all others early enough stays as it is. */
export function distinctLabels(names: readonly string[]): readonly string[] {
  const labels = new Map(names.map((name) => [name, name]));
  const taken = new Set(names);
  for (const group of confusable([...labels.keys()])) {
    for (const shared of sharedBeginnings(group)) {
      const short = group.map((name) => withoutShared(name, shared));
      // Another group may have come down to the same words: then this one keeps a word more.
      const isClear =
        new Set(short).size === group.length &&
        short.every((label, at) => label === group[at] || !taken.has(label));
      if (!isClear) continue;
      for (const [at, name] of group.entries()) labels.set(name, short[at] ?? name);
      for (const label of short) taken.add(label);
      break;
    }
  }
  return names.map((name) => labels.get(name) ?? name);
}

/** Those whose first difference nobody would see, two or more together. O(n log n) in their number. */
function confusable(names: readonly string[]): readonly (readonly string[])[] {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    if (name.length <= seenChars) continue;
    const seen = name.slice(0, seenChars);
    groups.set(seen, [...(groups.get(seen) ?? []), name]);
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

/** Characters that all of them begin with, to the ends of words, the most first; each keeps a word of its own. */
function sharedBeginnings(names: readonly string[]): readonly number[] {
  const [first = ''] = names;
  let shared = first.length;
  for (const name of names) {
    let at = 0;
    while (at < shared && name[at] === first[at]) at += 1;
    shared = at;
  }
  const words = [...first.slice(0, shared).matchAll(/[-_/:\s]+/g)].map(
    ({ index, 0: sign }) => index + sign.length,
  );
  return words.filter((end) => names.every(({ length }) => length > end)).reverse();
}

function withoutShared(name: string, shared: number): string {
  const beginning = name.slice(0, shared);
  const firstWord = /^[^-_/:\s]+/.exec(beginning)?.[0].slice(0, keptChars) ?? '';
  const label = `${firstWord}…${name.slice(shared)}`;
  return label.length < name.length ? label : name;
}
