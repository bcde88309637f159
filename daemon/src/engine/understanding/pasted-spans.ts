/**
 * Where a prompt shows what it does not say: quoted lines, calls of functions, paths of files. What each looks like is a short
 * regular expression, stated with it; but tried at every letter of a prompt they cost more than everything else that is
 * read of it, so their one sure sign is looked for instead.
 */

/** From and to, as positions in the text. */
export type Span = readonly [from: number, to: number];

/** The next one that begins in a part of the text; null: there is none. */
export type FindSpan = (text: string, from: number, to: number) => Span | null;

/** A line whose first visible character is `>`: `/^[ \t]*>.*$/m`. */
export const quotedLine: FindSpan = (text, from, to) => {
  for (let at = text.indexOf('>', from); at >= 0; at = text.indexOf('>', at + 1)) {
    let start = at;
    while (start > from && isBlank(text.charCodeAt(start - 1))) start -= 1;
    if (start >= to) return null;
    if (start === 0 || text.charCodeAt(start - 1) === lineBreak) return [start, lineEnd(text, at)];
  }
  return null;
};

/** A name with what stands in brackets behind it: `/\b[a-z_]\w{0,60}\([^)\n]{0,80}\)/`. */
export const calledFunction: FindSpan = (text, from, to) => {
  for (let at = text.indexOf('(', from); at >= 0; at = text.indexOf('(', at + 1)) {
    let start = at;
    while (start > from && isWordPart(text.charCodeAt(start - 1))) start -= 1;
    if (start >= to) return null;
    if (start === at || at - start > mostNameChars || isDigit(text.charCodeAt(start))) continue;
    const close = text.indexOf(')', at);
    if (close < 0) return null;
    if (close - at <= mostArgumentChars + 1 && lineEnd(text, at) > close) return [start, close + 1];
  }
  return null;
};

/**
 * A path or a file's name, at the beginning of a run of letters, digits and `_.-`. Only a run with a slash behind it or a
 * full stop in it can begin one.
 */
export const filePath: FindSpan = (text, from, to) => {
  // What a path before left of its run begins none.
  let at = from > 0 && isInRun(text.charCodeAt(from - 1)) ? runEnd(text, from) : from;
  while (at < to) {
    const end = runEnd(text, at);
    if (end === at) at += 1;
    else {
      const next = text.charCodeAt(end);
      if (next === slash || next === backslash || hasStop(text, at, end)) {
        path.lastIndex = at;
        const found = path.exec(text);
        if (found !== null) return [at, at + found[0].length];
      }
      at = end;
    }
  }
  return null;
};

const path = /(?:[\w.-]{1,60}[/\\]){1,12}[\w.-]{1,60}|[\w-]{1,60}\.[a-z]{1,4}\b(?=[\s,;:)?!]|$)/y;

const mostNameChars = 61;
const mostArgumentChars = 80;
const lineBreak = 10;
const fullStop = 46;
const slash = 47;
const backslash = 92;

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

function runEnd(text: string, from: number): number {
  let end = from;
  while (end < text.length && isInRun(text.charCodeAt(end))) end += 1;
  return end;
}

function hasStop(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (text.charCodeAt(at) === fullStop) return true;
  return false;
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** As `\w` in a text without capitals. */
function isWordPart(code: number): boolean {
  return (code >= 97 && code <= 122) || isDigit(code) || code === 95;
}

function isInRun(code: number): boolean {
  return isWordPart(code) || code === fullStop || code === 45;
}
