/**
 * The two row forms of `eval:routing`: outcome rows to fit on, and questions without results. They come from files that
 * anyone may have written, so each line is checked, and an error names its line.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import * as z from 'zod';

const maxFileBytes = 1_000_000_000;
const text = z.string().max(4_000_000);
const name = z.string().min(1).max(300);
const share = z.number().min(0).max(1);
const amount = z.number().min(0).max(1e12);

const cellSchema = z.looseObject({
  correct: share,
  cost: amount.nullish(),
  tokens_in: amount.nullish(),
  tokens_out: amount.nullish(),
  tokens_total: amount.nullish(),
  latency: amount.nullish(),
});
const outcomeSchema = z.looseObject({
  id: name,
  prompt: text.nullish(),
  category: name.nullish(),
  split: z.string().nullish(),
  contaminated: z.boolean().nullish(),
  results: z.record(name, cellSchema),
});
const questionSchema = z.looseObject({
  id: name,
  prompt: text.nullish(),
  category: name.nullish(),
  models: z.array(name).min(1).max(1_000),
  prices: z.record(name, z.looseObject({ inputPerMTok: amount, outputPerMTok: amount })).nullish(),
});

export interface Cell {
  /** 0..1 */
  readonly correct: number;
  readonly costUsd: number | null;
  readonly tokensIn: number | null;
  readonly tokensOut: number | null;
  /** Where input and output are not told apart. */
  readonly tokensTotal: number | null;
  /** false: the row's other cells were timed and this one was not, so its value was filled in by somebody. */
  readonly isMeasured: boolean;
}

export interface OutcomeRow {
  readonly id: string;
  readonly prompt: string | null;
  readonly category: string | null;
  readonly split: string | null;
  /** Known to be in a model's training data; RouteLLM's protocol leaves such rows out. */
  readonly isContaminated: boolean;
  readonly results: ReadonlyMap<string, Cell>;
}

export interface Prices {
  readonly inputPerMTok: number;
  readonly outputPerMTok: number;
}

export interface Question {
  readonly id: string;
  readonly prompt: string | null;
  readonly category: string | null;
  readonly models: readonly string[];
  readonly prices: ReadonlyMap<string, Prices>;
}

/** A line that is not what it should be; the message names file and line. */
export class RowError extends Error {}

/** Reads a file of JSON lines, gzipped when its name ends in `.gz`. Empty lines are skipped. */
export function readOutcomes(path: string): OutcomeRow[] {
  return parseLines(path, loadText(path), outcomeSchema).map((row) => ({
    id: row.id,
    prompt: visible(row.prompt),
    category: row.category ?? null,
    split: row.split ?? null,
    isContaminated: row.contaminated === true,
    results: cellsOf(row.results),
  }));
}

export function readQuestions(path: string): Question[] {
  return parseQuestions(path, loadText(path));
}

/** `where` stands for the file in errors. */
export function parseQuestions(where: string, lines: string): Question[] {
  return parseLines(where, lines, questionSchema).map((row) => ({
    id: row.id,
    prompt: visible(row.prompt),
    category: row.category ?? null,
    models: row.models,
    prices: new Map(Object.entries(row.prices ?? {})),
  }));
}

/** Keeps of a question only what a question may have: used to ask for rows whose results are known. */
export function asQuestion(row: OutcomeRow, withCategory: boolean): Question {
  return {
    id: row.id,
    prompt: row.prompt,
    category: withCategory ? row.category : null,
    models: [...row.results.keys()],
    prices: new Map(),
  };
}

function cellsOf(results: z.infer<typeof outcomeSchema>['results']): Map<string, Cell> {
  const cells = Object.entries(results);
  const isTimed = cells.some(([, cell]) => cell.latency != null);
  return new Map(
    cells.map(([model, cell]) => [
      model,
      {
        correct: cell.correct,
        costUsd: cell.cost ?? null,
        tokensIn: cell.tokens_in ?? null,
        tokensOut: cell.tokens_out ?? null,
        tokensTotal: cell.tokens_total ?? null,
        isMeasured: !isTimed || cell.latency != null,
      },
    ]),
  );
}

/** A prompt of blanks says as little as none. */
function visible(prompt: string | null | undefined): string | null {
  return prompt == null || prompt.trim() === '' ? null : prompt;
}

function loadText(path: string): string {
  const bytes = readFileSync(path);
  const plain = path.endsWith('.gz') ? gunzipSync(bytes, { maxOutputLength: maxFileBytes }) : bytes;
  return plain.toString('utf8');
}

function parseLines<Row>(where: string, lines: string, schema: z.ZodType<Row>): Row[] {
  const rows: Row[] = [];
  for (const [index, line] of lines.split('\n').entries()) {
    if (line.trim() === '') continue;
    rows.push(parseLine(`${where} line ${index + 1}`, line, schema));
  }
  return rows;
}

function parseLine<Row>(where: string, line: string, schema: z.ZodType<Row>): Row {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    throw new RowError(`${where}: not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0] ?? { path: [], message: 'not a row' };
  throw new RowError(`${where}: ${path.length === 0 ? 'row' : path.join('.')}: ${message}`);
}
