/**
 * Saves as data: the name of a method of `Records` and what it is given. So a save can be kept in the journal, read back
 * after a kill, applied by another thread, or done again in memory while the file can't be written.
 *
 * In the journal a text has a line for each save: a name, a space, its arguments as JSON. What every task saves is a
 * row (`save-rows.ts`), followed by a line with the JSON that the file keeps with it as it stands: most of what is
 * stored, and nobody has to parse it.
 */
import { writeDecision } from '../decisions/decision-form.ts';
import type { JournalFacts } from './journal-facts.ts';
import type { LedgerChanges } from './ledger-changes.ts';
import type { DecisionRecord } from '../records.ts';
import type { RareSaves, Records, Saves } from '../store.ts';
import {
  attemptColumns,
  decisionColumns,
  leaseColumns,
  outcomeRow,
  type AttemptColumns,
  type DecisionColumns,
  type LeaseColumns,
  type OutcomeRow,
  type StateColumns,
} from './save-rows.ts';
import type { StandingFacts } from '../standing-facts.ts';
import type { TextBuffer } from './text-buffer.ts';

type SaveName = keyof Saves | keyof RareSaves;

/** `['saveGrade', 'd1', 'good', 5]`. */
export type Save = {
  [Name in SaveName]: readonly [name: Name, ...args: Parameters<Records[Name]>];
}[SaveName];

/** What one text of the journal says, in order. JSON is UTF-8, valid as long as the text is. */
export interface SaveReader {
  facts(name: string, json: Buffer): void;
  decision(columns: DecisionColumns, record: Buffer): void;
  /** null: it runs. */
  attempt(columns: AttemptColumns, result: Buffer | null): void;
  outcome(row: OutcomeRow): void;
  state(columns: StateColumns, json: Buffer): void;
  lease(columns: LeaseColumns, json: Buffer): void;
  ledger(changes: Omit<LedgerChanges, 'leases'>): void;
  save(save: Save): void;
}

/** Does a save, where it is to be done. */
export function runSave(to: Records, [name, ...args]: Save): unknown {
  return (to[name] as (...args: readonly unknown[]) => unknown).call(to, ...args);
}

/** The record as the file keeps it, and the facts that it names: `parseDecision` reads it. */
export function storedDecision(decision: DecisionRecord): {
  readonly record: string;
  readonly facts: readonly StandingFacts[];
} {
  const known = decision.known?.();
  return known === undefined
    ? { record: JSON.stringify(decision), facts: [] }
    : { record: writeDecision(decision, known), facts: [known.routes, known.policy] };
}

/** Where a text goes besides its buffer. */
export interface Encoding {
  readonly facts: JournalFacts;
  /** Told of what can't become JSON and is left out. */
  readonly onRefused: (error: unknown) => void;
}

/**
 * One text for the journal.
 * @param ledger what changed in its book, null where nothing did
 */
export function encodeSaves(
  into: TextBuffer,
  saves: Iterable<Save>,
  ledger: LedgerChanges | null,
  encoding: Encoding,
): void {
  for (const save of saves) {
    const { end } = into;
    try {
      encode(save, into, encoding.facts);
    } catch (error) {
      into.cutTo(end);
      encoding.onRefused(error);
    }
  }
  if (ledger !== null) encodeLedger(ledger, into);
}

function encode(save: Save, into: TextBuffer, facts: JournalFacts): void {
  switch (save[0]) {
    case 'saveDecision':
      encodeDecision(save[1], into, facts);
      break;
    case 'saveAttempt': {
      const { result } = save[1];
      addPair(into, 'attempt ', attemptColumns(save[1]), result === null ? '' : JSON.stringify(result));
      break;
    }
    case 'saveOutcome':
      addLine(into, 'outcome ', outcomeRow(save[1]));
      break;
    case 'saveEngineState':
      for (const { area, key, updatedAtMs, json } of save[1]) {
        if (json.includes('\n')) throw new Error(`the state ${key} of ${area} is several lines`);
        addPair(into, 'state ', [area, key, updatedAtMs], json);
      }
      break;
    default: {
      const [name, ...args] = save;
      addLine(into, `${name} `, args);
    }
  }
}

/** What may fail comes first: facts that are noted as written must be. */
function encodeDecision(decision: DecisionRecord, into: TextBuffer, facts: JournalFacts): void {
  const { record, facts: named } = storedDecision(decision);
  const columns = decisionColumns(
    decision,
    named.map(({ name }) => name),
  );
  const line = JSON.stringify(columns);
  for (const each of named) if (facts.add(each)) addPair(into, 'facts ', each.name, each.json);
  addText(into, 'decision ', line);
  addText(into, '', record);
}

/** A state and a lease change too often to be parsed each time; of the rest there is little. */
function encodeLedger({ leases, ...rest }: LedgerChanges, into: TextBuffer): void {
  for (const lease of leases) addPair(into, 'lease ', leaseColumns(lease), JSON.stringify(lease));
  addLine(into, 'ledger ', rest);
}

function addLine(into: TextBuffer, name: string, data: unknown): void {
  addText(into, name, JSON.stringify(data));
}

/** `json`: empty where there is none. */
function addPair(into: TextBuffer, name: string, columns: unknown, json: string): void {
  addLine(into, name, columns);
  addText(into, '', json);
}

/** By pieces: to join strings and to take them apart again takes longer than to write them. `name`: with a space. */
function addText(into: TextBuffer, name: string, text: string): void {
  if (name !== '') into.add(name);
  if (text !== '') into.add(text);
  into.endLine();
}

const [spaceByte, lineBreakByte] = [0x20, 0x0a];

/** Reads a text that `encodeSaves` made, as the bytes that are in the journal; that vouches for them. */
export function decodeSaves(text: Buffer, reader: SaveReader): void {
  for (let at = 0; at < text.length;) {
    const space = text.indexOf(spaceByte, at);
    const name = text.toString('latin1', at, space);
    const lineEnd = endOfLine(text, space);
    const data: unknown = JSON.parse(text.toString('utf8', space + 1, lineEnd));
    const read = pairs[name];
    let end = lineEnd;
    if (read !== undefined) {
      end = endOfLine(text, lineEnd + 1);
      read(reader, data, text.subarray(lineEnd + 1, end));
    } else if (name === 'outcome') reader.outcome(data as OutcomeRow);
    else if (name === 'ledger') decodeLedger(data as LedgerChanges, reader);
    else reader.save([name, ...(data as unknown[])] as unknown as Save);
    at = end + 1;
  }
}

/** What is followed by its JSON. */
const pairs: Readonly<Record<string, (reader: SaveReader, data: unknown, json: Buffer) => void>> = {
  facts: (reader, data, json) => reader.facts(data as string, json),
  decision: (reader, data, json) => reader.decision(data as DecisionColumns, json),
  attempt: (reader, data, json) => reader.attempt(data as AttemptColumns, json.length === 0 ? null : json),
  state: (reader, data, json) => reader.state(data as StateColumns, json),
  lease: (reader, data, json) => reader.lease(data as LeaseColumns, json),
};

/** An older daemon has its leases among the rest. */
function decodeLedger({ leases, ...rest }: Partial<LedgerChanges>, reader: SaveReader): void {
  for (const lease of leases ?? []) reader.lease(leaseColumns(lease), Buffer.from(JSON.stringify(lease)));
  reader.ledger(rest as LedgerChanges);
}

/** JSON has no line break of its own. */
function endOfLine(text: Buffer, from: number): number {
  const end = text.indexOf(lineBreakByte, from);
  return end < 0 ? text.length : end;
}
