/** Where the command line writes. A reader that goes away (`| head`) ends the output, not the program. */
export interface Output {
  /** True on a terminal: colours and questions make sense. */
  readonly isTerminal: boolean;
  /** Characters in a line of the terminal; Infinity where nobody reads it in one, such as a pipe or a file. */
  readonly columns: number;
  /** The terminal takes bold and colours, and nobody asked for none (`NO_COLOR`, `TERM=dumb`). */
  readonly hasStyles: boolean;
  write(text: string): void;
  line(text?: string): void;
  json(value: unknown): void;
  /** To standard error. */
  problem(text: string): void;
}

export function processOutput(): Output {
  process.stdout.on('error', () => undefined);
  const write = (text: string): void => {
    process.stdout.write(text);
  };
  return {
    isTerminal: process.stdout.isTTY,
    hasStyles: process.stdout.isTTY && process.stdout.hasColors(),
    get columns() {
      // Not 0, which a terminal without a size reports.
      return process.stdout.isTTY ? process.stdout.columns || Infinity : Infinity;
    },
    write,
    line: (text = '') => {
      write(`${text}\n`);
    },
    json: (value) => {
      write(`${JSON.stringify(value)}\n`);
    },
    problem: (text) => {
      process.stderr.write(`${text}\n`);
    },
  };
}

/** Text from models, servers and files must not move the cursor or change colours. */
export function plain(text: string): string {
  // eslint-disable-next-line no-control-regex -- removing control characters is the purpose
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}
