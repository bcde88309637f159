/**
 * The standing facts in the history file. With each it is noted when the newest decision was made that names them: once
 * all decisions are newer, none of those that are left does, and they go.
 */
import type { Database } from './database.ts';

/** Facts that were read lately, parsed: a page of decisions names the same ones. */
const kept = 32;

interface Statement<Row = never> {
  run(...params: (string | number | Buffer)[]): { readonly changes: number };
  get(...params: (string | number | Buffer)[]): Row | undefined;
}

export class FactsTable {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #parsed = new Map<string, unknown>();

  constructor(database: Database) {
    this.#statements = prepare(database);
  }

  /** @param json in UTF-8. What is there already stays: equal names have equal facts. */
  save(name: string, json: string | Buffer): void {
    this.#statements.insert.run(name, json);
  }

  /** Throws where there are none of that name. */
  named(name: string, atMs: number): void {
    if (this.#statements.named.run(atMs, name).changes === 0) throw missing(name);
  }

  read(name: string): unknown {
    const known = this.#parsed.get(name);
    if (known !== undefined) return known;
    const row = this.#statements.read.get(name);
    if (row === undefined) throw missing(name);
    const parsed: unknown = JSON.parse(row.facts);
    const [oldest] = this.#parsed.keys();
    if (this.#parsed.size >= kept && oldest !== undefined) this.#parsed.delete(oldest);
    this.#parsed.set(name, parsed);
    return parsed;
  }

  /** Within the transaction that forgets decisions. */
  forgetUnnamed(): void {
    this.#statements.forget.run();
    this.#parsed.clear();
  }
}

function missing(name: string): Error {
  return new Error(`the standing facts ${name} are missing`);
}

function prepare(database: Database) {
  const statement = <Row = never>(sql: string): Statement<Row> =>
    database.prepare<(string | number | Buffer)[], Row>(sql);
  return {
    insert: statement(`
      INSERT INTO decision_facts (name, facts, named_at_ms) VALUES (?, CAST(? AS TEXT), 0)
      ON CONFLICT (name) DO NOTHING`),
    named: statement('UPDATE decision_facts SET named_at_ms = max(named_at_ms, ?) WHERE name = ?'),
    read: statement<{ readonly facts: string }>('SELECT facts FROM decision_facts WHERE name = ?'),
    forget: statement(`
      DELETE FROM decision_facts
      WHERE NOT EXISTS (SELECT 1 FROM decisions) OR named_at_ms < (SELECT min(created_at_ms) FROM decisions)`),
  };
}
