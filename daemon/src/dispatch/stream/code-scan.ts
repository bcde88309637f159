/**
 * Reads code as far as its brackets go: what is open, and where something is closed that was not. No parser: strings, comments
 * and patterns of the common languages are passed over, and of a language that it does not know it says nothing.
 */

/** Where brackets stop making sense; offsets into the code. */
export interface CodeScan {
  /** Of the first bracket that closes what was not open; null: none. */
  readonly mismatchAt: number | null;
  /** Brackets that are still open, and the back quote of a template. */
  readonly open: readonly string[];
  /** Of a quote whose line ends before its string does; null: none. */
  readonly unclosedQuoteAt: number | null;
}

interface Syntax {
  readonly lineComment: RegExp;
  readonly blockComments: boolean;
  /** `/…/` may be a pattern. */
  readonly patterns: boolean;
  /** A back quote opens a template with `${…}` in it. */
  readonly templates: boolean;
  /** An apostrophe is a sign in one: of text between tags (`word`), or before a lifetime, where strings have none. */
  readonly apostrophe: 'quote' | 'word' | 'lifetime';
}

const slashes = /\/\//y;
const c: Syntax = {
  lineComment: slashes,
  blockComments: true,
  patterns: false,
  templates: false,
  apostrophe: 'quote',
};
const javascript: Syntax = { ...c, patterns: true, templates: true };
const markup: Syntax = { ...javascript, apostrophe: 'word' };

const syntaxes: Readonly<Record<string, Syntax>> = {
  ...named('js javascript mjs cjs ts typescript mts cts', javascript),
  ...named('jsx tsx javascriptreact typescriptreact', markup),
  ...named('json jsonc json5 java kotlin kt c h cpp c++ cc hpp cs csharp go golang swift scala dart css', c),
  ...named('rust rs', { ...c, apostrophe: 'lifetime' }),
  ...named('python py', { ...c, lineComment: /#/y, blockComments: false }),
  ...named('php', { ...c, lineComment: /\/\/|#(?!\[)/y }),
};

const closes: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
/** A division stands behind a value; a pattern behind anything else. */
const beforePattern = /(?:^|[(,=:[!&|?{};+*%~^-]|\b(?:return|typeof|case|in|of|void|await|yield))\s*$/;
const pattern = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
const lineEnd = /[^\n]*/y;
const blockComment = /\/\*[^]*?(?:\*\/|$)/y;
const longString = /("""|''')[^]*?(?:\1|$)/y;
const rawString = /`[^`]*(?:`|$)/y;
const shortString = /"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'/y;
const character = /'(?:\\[^'\n]+|[^'\\\n])'/y;

/** Whether `scanCode` has a word to say. */
export function knowsLanguage(language: string): boolean {
  return Object.hasOwn(syntaxes, language.toLowerCase());
}

/** null: this language is not known well enough. Linear in the code, except for what a pattern looks back at. */
export function scanCode(code: string, language: string): CodeScan | null {
  const syntax = knowsLanguage(language) ? syntaxes[language.toLowerCase()] : undefined;
  return syntax === undefined ? null : new Scanner(code, syntax).run();
}

class Scanner {
  readonly #code: string;
  readonly #syntax: Syntax;
  readonly #open: string[] = [];
  #at = 0;
  #mismatchAt: number | null = null;
  #unclosedQuoteAt: number | null = null;

  constructor(code: string, syntax: Syntax) {
    this.#code = code;
    this.#syntax = syntax;
  }

  run(): CodeScan {
    while (this.#at < this.#code.length) {
      if (this.#open.at(-1) === '`') this.#inTemplate();
      else if (!this.#skipsText()) this.#sign();
    }
    return { mismatchAt: this.#mismatchAt, open: this.#open, unclosedQuoteAt: this.#unclosedQuoteAt };
  }

  /** Passes over a comment, a string or a pattern that begins here. */
  #skipsText(): boolean {
    const { lineComment, blockComments, patterns, templates, apostrophe } = this.#syntax;
    const sign = this.#code[this.#at];
    if (this.#matches(lineComment)) return this.#skip(lineEnd);
    if (sign === '/' && blockComments && this.#skip(blockComment)) return true;
    if (sign === '/' && patterns && beforePattern.test(this.#lineSoFar())) return this.#skip(pattern);
    if (sign === '`') return !templates && this.#skip(rawString);
    if (sign !== '"' && sign !== "'") return false;
    if (sign === "'" && apostrophe === 'lifetime') return this.#skip(character);
    if (this.#skip(longString) || this.#skip(shortString)) return true;
    if (sign === '"' || apostrophe === 'quote') this.#unclosedQuoteAt ??= this.#at;
    return false;
  }

  #sign(): void {
    const sign = this.#code[this.#at] ?? '';
    const opener = closes[sign];
    if (sign === '(' || sign === '[' || sign === '{' || sign === '`') this.#open.push(sign);
    else if (opener !== undefined) this.#close(sign, opener);
    this.#at += 1;
  }

  #close(sign: string, opener: string): void {
    const last = this.#open.at(-1);
    if (last === opener || (sign === '}' && last === '${')) this.#open.pop();
    else this.#mismatchAt ??= this.#at;
  }

  #inTemplate(): void {
    const sign = this.#code[this.#at];
    if (sign === '\\') this.#at += 1;
    else if (sign === '`') this.#open.pop();
    else if (sign === '$' && this.#code[this.#at + 1] === '{') {
      this.#open.push('${');
      this.#at += 1;
    }
    this.#at += 1;
  }

  #lineSoFar(): string {
    return this.#code.slice(Math.max(0, this.#code.lastIndexOf('\n', this.#at - 1) + 1), this.#at);
  }

  #matches(expression: RegExp): boolean {
    expression.lastIndex = this.#at;
    return expression.test(this.#code);
  }

  #skip(expression: RegExp): boolean {
    if (!this.#matches(expression)) return false;
    this.#at = Math.max(this.#at + 1, expression.lastIndex);
    return true;
  }
}

function named(names: string, syntax: Syntax): Record<string, Syntax> {
  return Object.fromEntries(names.split(' ').map((name) => [name, syntax]));
}
