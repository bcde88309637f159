/**
 * The programming language a task is about, as a VS Code language id: from what the editor says, a code fence, a file
 * name, the language's own name, or the look of the code, in this order. null where nothing speaks.
 */
// cspell:disable -- lists of words as people write them

const names: Readonly<Record<string, string>> = {
  ...named('python', 'python py python3 pandas numpy django flask pytest'),
  ...named('typescript', 'typescript ts tsx angular nestjs vitest'),
  ...named('javascript', 'javascript js jsx node nodejs react express jest vue svelte mjs cjs'),
  ...named('java', 'java spring junit maven'),
  ...named('kotlin', 'kotlin kt kts'),
  ...named('go', 'go golang'),
  ...named('rust', 'rust rs cargo'),
  ...named('cpp', 'cpp c++ cc cxx hpp'),
  ...named('c', 'c h'),
  ...named('csharp', 'csharp c# cs dotnet'),
  ...named('ruby', 'ruby rb rails rspec'),
  ...named('php', 'php laravel'),
  ...named('swift', 'swift swiftui'),
  ...named('scala', 'scala'),
  ...named('r', 'r ggplot2 tidyverse'),
  ...named('sql', 'sql postgresql postgres mysql sqlite'),
  ...named('shellscript', 'bash sh shell zsh shellscript'),
  ...named('powershell', 'powershell ps1'),
  ...named('lua', 'lua'),
  ...named('haskell', 'haskell hs'),
  ...named('elixir', 'elixir ex exs'),
  ...named('dart', 'dart flutter'),
  ...named('perl', 'perl pl'),
  ...named('html', 'html htm'),
  ...named('css', 'css scss'),
  ...named('yaml', 'yaml yml'),
  ...named('json', 'json jsonc'),
  ...named('dockerfile', 'dockerfile'),
};

/** Words that mean a language only next to others: "go to", "c", "r", "node", "express". */
const ambiguous = new Set('go c r h ex pl cs node express shell spring react flask rails ts js'.split(' '));

const fenceTag = /```([a-z+#0-9]{1,12})\b/;
const fileEnding = /[\w-]\.([a-z]{1,4}|ps1)\b(?![\w(])/g;
const inLanguage = /\b(?:in|using|with|to|into|my|this|a|an) (c\+\+|c#|[a-z0-9]{1,12})(?=[\s,.?!:;)]|$)/g;
const inGo = /\b(?:in|using|with) go(?=\s*(?:[,.?!:;)]|$))/;
const anyName = /(?:^|[\s(,/])(c\+\+|c#|[a-z0-9]{2,12})(?=[\s,.?!:;)/]|$)/g;

const looks: readonly (readonly [string, RegExp])[] = [
  [
    'python',
    /^[ \t]*(?:def \w+\([^\n]{0,200}\)[^\n]{0,40}:|from [\w.]+ import |import \w+( as \w+)?$|elif |print\()/m,
  ],
  ['python', /\btraceback \(most recent call last\)|file "[^"]+\.py"/],
  ['java', /\bpublic (?:static |final |abstract )*(?:class|void|interface|int|string)\b|system\.out\.print/],
  ['cpp', /#include\s*<(?:iostream|vector|string|bits)|std::/],
  ['c', /#include\s*<(?:stdio|stdlib|string)\.h>/],
  ['csharp', /\busing system\b|namespace \w+|console\.write/],
  ['rust', /\bfn \w+\([^\n]{0,200}\)|\blet mut\b|impl \w+|\buse std::/],
  ['go', /^package \w+|\bfunc (?:\(\w+ \*?\w+\) )?\w+\(|fmt\.print|:= /m],
  ['typescript', /\b(?:interface \w+ \{|: (?:string|number|boolean)\b|export type|as const)/],
  ['javascript', /\b(?:const|let|var) \w+ = |=> |console\.log|require\(|document\./],
  ['ruby', /^[ \t]*def \w+[^:\n]{0,80}\n[^\n]{0,200}\n(?:[^\n]{0,200}\n){0,8}?[ \t]*end$|\bputs /m],
  ['php', /<\?php|\$\w+->/],
  ['sql', /\bselect\b[\s\S]{1,400}\bfrom\b|\bcreate table\b|\binsert into\b/],
  ['shellscript', /^#!.*\b(?:ba|z)?sh\b|^[ \t]*\$ \w+/m],
];

const lookedAtChars = 4_000;

/** The runs of letters and digits that names are made of, and a mark per hash of one: few words need to be looked up. */
const nameRuns = new Set(Object.keys(names).flatMap((name) => name.match(/[a-z0-9]+/g) ?? []));
const sieveSize = 2_048;
const sieve = new Uint8Array(sieveSize);
for (const run of nameRuns) sieve[hashOf(run) & (sieveSize - 1)] = 1;

/** `plain` is a prompt in lower case; `given` is what the editor knows. */
export function languageOf(plain: string, given: string | null): string | null {
  if (given !== null && given !== '' && given !== 'plaintext' && given !== 'markdown') return given;
  const text = plain.slice(0, lookedAtChars);
  const named = mayName(text) ? (byFence(text) ?? byFileEnding(text) ?? byName(text)) : null;
  return named ?? byLook(text);
}

/** Whether a name may stand anywhere. Most prompts name no language, and one pass tells them from the others. */
function mayName(text: string): boolean {
  let hash = 0;
  let from = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const code = at < text.length ? text.charCodeAt(at) : 0;
    if (isInRun(code)) {
      hash = Math.imul(hash, 31) + code;
      continue;
    }
    if (sieve[hash & (sieveSize - 1)] === 1 && nameRuns.has(text.slice(from, at))) return true;
    hash = 0;
    from = at + 1;
  }
  return false;
}

function hashOf(run: string): number {
  let hash = 0;
  for (let at = 0; at < run.length; at += 1) hash = Math.imul(hash, 31) + run.charCodeAt(at);
  return hash;
}

/** Letters and digits. */
function isInRun(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57);
}

function byFence(text: string): string | null {
  const tag = fenceTag.exec(text)?.[1];
  return tag === undefined ? null : look(tag);
}

function byFileEnding(text: string): string | null {
  for (const [, ending = ''] of text.matchAll(fileEnding)) {
    const language = look(ending);
    if (language !== null) return language;
  }
  return null;
}

function byName(text: string): string | null {
  if (inGo.test(text)) return 'go';
  for (const [, name = ''] of text.matchAll(inLanguage)) {
    const language = look(name);
    if (language !== null && !(name === 'go' || name === 'r' || name === 'h')) return language;
  }
  for (const [, name = ''] of text.matchAll(anyName)) {
    if (!ambiguous.has(name)) {
      const language = look(name);
      if (language !== null) return language;
    }
  }
  return null;
}

function byLook(text: string): string | null {
  return looks.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
}

function look(name: string): string | null {
  return Object.hasOwn(names, name) ? (names[name] ?? null) : null;
}

function named(language: string, list: string): Record<string, string> {
  return Object.fromEntries(list.split(' ').map((name) => [name, language]));
}
