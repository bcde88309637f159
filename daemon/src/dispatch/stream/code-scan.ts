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
  /** Comments and strings that are closed; the first that fits is passed over. */
  readonly texts: readonly RegExp[];
  /** Quotes whose string may not go over a line's end. */
  readonly lineQuotes: string;
  /** `/…/` may be a pattern, and a back quote opens a template with `${…}` in it. */
  readonly isScript: boolean;
}

const slashComment = /\/\/[^\n]*/y;
const hashComment = /#(?!\[)[^\n]*/y;
const blockComment = /\/\*[^]*?(?:\*\/|$)/y;
const longString = /("""|''')[^]*?(?:\1|$)/y;
const lineString = /"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'/y;
const rawString = /`[^`]*(?:`|$)/y;
const rustString = /"(?:\\[^]|[^"\\])*(?:"|$)|'(?:\\[^'\n]+|[^'\\\n])'/y;
const pattern = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
/** A division stands behind a value; a pattern behind anything else. */
const beforePattern = /(?:^|[(,=:[!&|?{};+*%~^-]|\b(?:return|typeof|case|in|of|void|await|yield))\s*$/;

const c: Syntax = {
  texts: [slashComment, blockComment, longString, lineString, rawString],
  lineQuotes: `'"`,
  isScript: false,
};
const script: Syntax = {
  texts: [slashComment, blockComment, lineString],
  lineQuotes: `'"`,
  isScript: true,
};

const syntaxes: Readonly<Record<string, Syntax>> = {
  ...named('js javascript mjs cjs ts typescript mts cts', script),
  // Text between tags has apostrophes.
  ...named('jsx tsx javascriptreact typescriptreact', { ...script, lineQuotes: '"' }),
  ...named('json jsonc json5 java kotlin kt c h cpp c++ cc hpp cs csharp go golang swift scala dart css', c),
  ...named('rust rs', { ...c, texts: [slashComment, blockComment, rustString], lineQuotes: '' }),
  ...named('python py', { ...c, texts: [hashComment, longString, lineString] }),
  ...named('php', { ...c, texts: [hashComment, ...c.texts] }),
};

const closes: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

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
    const { texts, lineQuotes, isScript } = this.#syntax;
    if (texts.some((text) => this.#skip(text))) return true;
    const sign = this.#code[this.#at] ?? '';
    if (isScript && sign === '/' && beforePattern.test(this.#lineSoFar())) return this.#skip(pattern);
    if (lineQuotes.includes(sign)) this.#unclosedQuoteAt ??= this.#at;
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

  #skip(expression: RegExp): boolean {
    expression.lastIndex = this.#at;
    if (!expression.test(this.#code)) return false;
    this.#at = Math.max(this.#at + 1, expression.lastIndex);
    return true;
  }
}

function named(names: string, syntax: Syntax): Record<string, Syntax> {
  return Object.fromEntries(names.split(' ').map((name) => [name, syntax]));
}
