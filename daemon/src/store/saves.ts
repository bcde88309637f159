/**
 * Saves as data: the name of a method of `Records` and what it is given. So a save can be kept in the journal, read back
 * after a kill, applied by another thread, or done again in memory while the file can't be written.
 *
 * In the journal a text has a line for each save: its name, a space, its arguments as JSON. A decision is two lines, its
 * columns and then its record just as the file keeps it, so that nobody has to parse what is by far the largest part.
 */
import type { LedgerChanges } from './ledger-changes.ts';
import type { DecisionRecord, RareSaves, Records, Saves } from './records.ts';
import type { TextBuffer } from './text-buffer.ts';

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
  /** `record`: JSON in UTF-8, valid as long as the text is. */
  decision(columns: DecisionColumns, record: Buffer): void;
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

/** The record as the file keeps it: `parseDecision` reads it. */
export function writeRecord(decision: DecisionRecord, into: TextBuffer): void {
  if (decision.writeTo) decision.writeTo(into);
  else into.add(JSON.stringify(decision));
}

/**
 * One text for the journal. What can't become JSON is left out, and `onRefused` is told.
 * @param ledger what changed in its book, null where nothing did
 */
export function encodeSaves(
  into: TextBuffer,
  saves: Iterable<Save>,
  ledger: LedgerChanges | null,
  onRefused: (error: unknown) => void,
): void {
  for (const save of saves) {
    const { end } = into;
    try {
      encode(save, into);
    } catch (error) {
      into.cutTo(end);
      onRefused(error);
    }
  }
  if (ledger !== null) addLine('ledger', ledger, into);
}

/** By pieces: a text that is joined is copied once more before it is written. */
function addLine(name: string, data: unknown, into: TextBuffer): void {
  into.add(name);
  into.add(' ');
  into.add(JSON.stringify(data));
  into.add('\n');
}

function encode(save: Save, into: TextBuffer): void {
  if (save[0] === 'saveDecision') {
    const [, decision] = save;
    addLine('decision', decisionColumns(decision), into);
    writeRecord(decision, into);
    into.add('\n');
    return;
  }
  const [name, ...args] = save;
  addLine(name, args, into);
}

/** Reads a text that `encodeSaves` made, as the bytes that are in the journal; that vouches for them. */
export function decodeSaves(text: Buffer, reader: SaveReader): void {
  for (let at = 0; at < text.length;) {
    const space = text.indexOf(' ', at);
    let end = lineEnd(text, space);
    const name = text.toString('latin1', at, space);
    const data: unknown = JSON.parse(text.toString('utf8', space + 1, end));
    if (name === 'decision') {
      const record = end + 1;
      end = lineEnd(text, record);
      reader.decision(data as DecisionColumns, text.subarray(record, end));
    } else if (name === 'ledger') reader.ledger(data as LedgerChanges);
    else reader.save([name, ...(data as unknown[])] as unknown as Save);
    at = end + 1;
  }
}

/** JSON has no line break of its own. */
function lineEnd(text: Buffer, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}
