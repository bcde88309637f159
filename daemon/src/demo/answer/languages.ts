/**
 * What the demo answer knows of languages: one pattern for public names (the keyword, then the name), one for
 * imports, and the comment marks. Simple patterns over single lines, on purpose: they show a reader their own code,
 * they do not parse it.
 */

export interface Language {
  readonly name: string;
  /** The word for a fenced block. */
  readonly fence: string;
  /** File extensions and fence words that mean this language. */
  readonly words: string;
  /** Groups: the keyword, the name. */
  readonly publicName?: RegExp;
  /** The first group that matched is what is imported. */
  readonly imported?: RegExp;
  readonly line?: string;
  readonly block?: readonly [open: string, close: string];
}

const slashes = { line: '//', block: ['/*', '*/'] } as const;

const languages: readonly Language[] = [
  {
    ...slashes,
    name: 'TypeScript',
    fence: 'ts',
    words: 'ts tsx mts cts typescript',
    publicName:
      /^export\s+(?:default\s+|declare\s+|abstract\s+|async\s+)*(function|class|const|let|var|type|interface|enum|namespace)\b\*?\s*([\w$]+)/,
    imported:
      /^(?:import|export)\b[^'"]{0,2000}\bfrom\s*['"]([^'"]+)|^import\s*['"]([^'"]+)|^\}\s*from\s*['"]([^'"]+)/,
  },
  {
    ...slashes,
    name: 'JavaScript',
    fence: 'js',
    words: 'js jsx mjs cjs javascript',
    publicName:
      /^(?:export\s+(?:default\s+|async\s+)*(function|class|const|let|var)\b\*?\s*|(?:module\.)?(exports)\.)([\w$]+)/,
    imported:
      /^(?:import|export)\b[^'"]{0,2000}\bfrom\s*['"]([^'"]+)|^import\s*['"]([^'"]+)|\brequire\(\s*['"]([^'"]+)/,
  },
  {
    name: 'Python',
    fence: 'python',
    words: 'py pyi python',
    publicName: /^(?:async\s+)?(def|class)\s+([A-Za-z]\w*)/,
    imported: /^(?:import|from)\s+([\w.]+)/,
    line: '#',
    block: ['"""', '"""'],
  },
  {
    ...slashes,
    name: 'Go',
    fence: 'go',
    words: 'go golang',
    publicName: /^(func|type|var|const)\s+(?:\([^)]{0,200}\)\s*)?([A-Z]\w*)/,
    imported: /^(?:import\s+|\s+)(?:[\w.]+\s+)?"([\w./-]+)"$/,
  },
  {
    ...slashes,
    name: 'Rust',
    fence: 'rust',
    words: 'rs rust',
    publicName:
      /^\s*pub(?:\([^)]{0,100}\))?\s+(?:async\s+|unsafe\s+)*(fn|struct|enum|trait|type|mod|const|static)\s+(\w+)/,
    imported: /^\s*(?:pub\s+)?use\s+([\w:]+)/,
  },
  {
    ...slashes,
    name: 'Java, Kotlin or C#',
    fence: 'java',
    words: 'java kt kts kotlin cs csharp scala',
    publicName:
      /^\s*(?:(?:public|static|final|abstract|sealed|data|open|partial)\s+)*(class|interface|enum|record|object|fun)\s+(\w+)/,
    imported: /^(?:import|using)\s+(?:static\s+)?([\w.*]+)/,
  },
  {
    ...slashes,
    name: 'C or C++',
    fence: 'cpp',
    words: 'c h cc cpp hpp cxx hh c++',
    publicName: /^(class|struct|enum|[A-Za-z_][\w:<>]*[ *&]+)\s*(\w+)\s*[({:][^;]*$/,
    imported: /^\s*#\s*include\s+[<"]([^>"]+)/,
  },
  {
    name: 'Ruby or PHP',
    fence: 'ruby',
    words: 'rb ruby php',
    publicName: /^\s*(?:public\s+|static\s+)*(def|class|module|function|trait)\s+(?:self\.)?(\w+)/,
    imported: /^(?:require(?:_relative)?|use)\s+['"]?([\w\\/.-]+)/,
    line: '#',
  },
  {
    name: 'Shell',
    fence: 'sh',
    words: 'sh bash zsh shell',
    publicName: /^(function\s+)?([A-Za-z_]\w*)\s*\(\)\s*\{/,
    imported: /^(?:source|\.)\s+(\S+)/,
    line: '#',
  },
  {
    name: 'Markdown',
    fence: 'markdown',
    words: 'md mdx markdown',
    publicName: /^(#{1,3})\s+(.{1,80})$/,
    block: ['<!--', '-->'],
  },
  {
    name: 'YAML or TOML',
    fence: 'yaml',
    words: 'yml yaml toml',
    publicName: /^(\[?)([A-Za-z_][\w.-]*)\s*[\]:=]/,
    line: '#',
  },
  {
    ...slashes,
    name: 'JSON',
    fence: 'json',
    words: 'json jsonc',
    publicName: /^(\t| {2,4})"([^"]{1,80})"\s*:/,
  },
];

/** For everything else: sizes are all that can be said. */
const plainText: Language = { name: 'plain text', fence: 'text', words: '', line: '#' };

/** By the path's extension, else by the fence's word. */
export function languageOf(path: string | undefined, info: string): Language {
  const extension = path === undefined ? undefined : /\.(\w+)$/.exec(path)?.[1];
  const byWord = (word = ''): Language | undefined =>
    languages.find(({ words }) => words.split(' ').includes(word.toLowerCase()));
  return byWord(extension) ?? byWord(info) ?? plainText;
}

/** The public name a line declares, with the language's word for what it is. */
export function publicNameOn(
  line: string,
  { publicName }: Language,
): { name: string; what: string } | undefined {
  const groups = publicName
    ?.exec(line)
    ?.slice(1)
    .filter((group) => group !== undefined);
  const name = groups?.at(-1);
  return name === undefined ? undefined : { name, what: (groups?.at(-2) ?? '').trim() };
}

/** What a line imports. */
export function importOn(line: string, { imported }: Language): string | undefined {
  return imported?.exec(line)?.slice(1).find(Boolean);
}
