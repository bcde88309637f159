/**
 * Saves as data: the name of a method of `Records` and what it is given. So a save can be kept in the journal, read back
 * after a kill, applied by another thread, or done again in memory while the file can't be written.
 *
 * In the journal a text has a line for each save: its name, a space, its arguments as JSON. A decision is two lines, its
 * columns and then its record just as the file keeps it, so that nobody has to parse what is by far the largest part.
 */
import type { LedgerChanges } from './ledger-changes.ts';
import type { DecisionRecord, RareSaves, Records, Saves } from './records.ts';

type SaveName = keyof Saves | keyof RareSaves;

/** `['saveGrade', 'd1', 'good', 5]`. */
export type Save = {
  [Name in SaveName]: readonly [name: Name, ...args: Parameters<Records[Name]>];
}[SaveName];

/** Of a decision, what the file has in columns of its own. */
export type DecisionColumns = readonly [
  decisionId: string,
  taskId: string,
  createdAtMs: number,
  kind: string,
  prompt: string | null,
  chosen: string | null,
];

/** What one text of the journal says, in order. */
export interface SaveReader {
  decision(columns: DecisionColumns, record: string): void;
  save(save: Save): void;
  ledger(changes: LedgerChanges): void;
}

/** Does a save, where it is to be done. */
export function runSave(to: Records, [name, ...args]: Save): unknown {
  return (to[name] as (...args: readonly unknown[]) => unknown).call(to, ...args);
}

export function decisionColumns(decision: DecisionRecord): DecisionColumns {
  const { decisionId, taskId, createdAtMs, kind, prompt, selection } = decision;
  return [decisionId, taskId, createdAtMs, kind, prompt, selection.chosen];
}

/**
 * One text for the journal. What can't become JSON is left out, and `onRefused` is told.
 * @param ledger what changed in its book, null where nothing did
 */
export function encodeSaves(
  saves: Iterable<Save>,
  ledger: LedgerChanges | null,
  onRefused: (error: unknown) => void,
): string {
  let text = '';
  for (const save of saves) {
    try {
      text += `${encoded(save)}\n`;
    } catch (error) {
      onRefused(error);
    }
  }
  return ledger === null ? text : `${text}ledger ${JSON.stringify(ledger)}\n`;
}

function encoded(save: Save): string {
  if (save[0] === 'saveDecision') {
    const [, decision] = save;
    return `decision ${JSON.stringify(decisionColumns(decision))}\n${JSON.stringify(decision)}`;
  }
  const [name, ...args] = save;
  return `${name} ${JSON.stringify(args)}`;
}

/** Reads a text that `encodeSaves` made; the journal vouches for its bytes. */
export function decodeSaves(text: string, reader: SaveReader): void {
  const lines = text.split('\n');
  for (let index = 0; index < lines.length - 1; index += 1) {
    const line = lines[index] ?? '';
    const space = line.indexOf(' ');
    const name = line.slice(0, space);
    const data: unknown = JSON.parse(line.slice(space + 1));
    if (name === 'decision') {
      index += 1;
      reader.decision(data as DecisionColumns, lines[index] ?? '');
    } else if (name === 'ledger') reader.ledger(data as LedgerChanges);
    else reader.save([name, ...(data as unknown[])] as unknown as Save);
  }
}
