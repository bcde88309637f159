/** Markdown that stays what it is whatever text is put into it. */

/** Inline code; a backtick or line break in the text can't end it. */
export function inlineCode(text: string): string {
  return `\`${text.replace(/[`\r\n]/g, "'")}\``;
}

/** A fenced block whose fence is longer than any run of backticks inside. */
export function fenced(code: string, info: string): string {
  const longestRun = (code.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);
  const fence = '`'.repeat(Math.max(3, longestRun + 1));
  return `${fence}${info}\n${code}${code.endsWith('\n') ? '' : '\n'}${fence}`;
}

/** A quotation on one line, cut to `maxLength` characters. */
export function quoted(text: string, maxLength: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return `> ${line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line}`;
}

/** `1.4 kB`: bytes for a reader, counted as the decision card does. */
export function sizeText(bytes: number): string {
  return bytes < 1_024 ? `${bytes} B` : `${(bytes / 1_024).toFixed(1)} kB`;
}

/** `3 files`, `1 file`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The first `limit` items, and how many more there are. */
export function listed(items: readonly string[], limit: number): string {
  const shown = items.slice(0, limit).join(', ');
  return items.length > limit ? `${shown} and ${items.length - limit} more` : shown;
}
