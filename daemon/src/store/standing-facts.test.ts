/** Standing facts from the journal to the history and back: written once, there whenever a decision names them, gone after it. */
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/server-home.ts';
import { openDirectStore } from '../../../test/support/direct-history.ts';
import { daemonDecision, knownOf, outcomeRecord } from '../../../test/support/stored-records.ts';
import { openDatabase } from './sqlite/database.ts';
import { JournalFacts } from './journal/journal-facts.ts';
import { migrate } from './sqlite/migrator.ts';
import { openStore } from './open-store.ts';
import type { DecisionRecord } from './records.ts';
import type { Store } from './store.ts';
import { encodeSaves } from './journal/saves.ts';
import { standingFacts } from './standing-facts.ts';
import { TextBuffer } from './journal/text-buffer.ts';

let path: string;
beforeEach(() => {
  path = join(temporaryFolder(), 'history.db');
});

const fail = (error: unknown): never => {
  throw error;
};
const plain = (decision: DecisionRecord | undefined): unknown => JSON.parse(JSON.stringify(decision ?? null));

function save(store: Store, decision: DecisionRecord): void {
  store.saveDecision(decision);
  store.saveOutcome(outcomeRecord(decision.decisionId));
}

function expectKept(store: Store, decision: DecisionRecord): void {
  expect(plain(store.readDecision(decision.decisionId)?.decision)).toEqual(plain(decision));
}

/** How many facts the file has. Nobody else may have it open. */
async function factsInFile(): Promise<number> {
  const database = await openDatabase(path);
  const { count } = database.prepare('SELECT count(*) AS count FROM decision_facts').get() as {
    count: number;
  };
  database.close();
  return count;
}

describe('standing facts', () => {
  it('have names that say what they are', () => {
    const facts = standingFacts('{"a":1}');
    expect(standingFacts('{"a":1}')).toEqual(facts);
    expect(standingFacts('{"a":2}').name).not.toBe(facts.name);
    expect(facts.name).toMatch(/^[\w-]{22}$/);
  });

  it('are in the journal once for all decisions that name them', () => {
    const facts = new JournalFacts();
    const written = (decision: DecisionRecord): string => {
      const text = new TextBuffer();
      encodeSaves(text, [['saveDecision', decision]], null, { facts, onRefused: fail });
      facts.ended(true);
      return text.bytes.toString();
    };
    const names = (text: string) => text.split('\n').filter((line) => line.startsWith('facts ')).length;
    expect(
      [0, 0, 1, 0, 1].map((variant, at) => names(written(daemonDecision(`d${at}`, at, variant)))),
    ).toEqual([2, 0, 1, 0, 0]);
    facts.beginAnew();
    expect(names(written(daemonDecision('d9', 9)))).toBe(2);
  });

  it('of a text that could not be written are written with the next', () => {
    const facts = new JournalFacts();
    const { routes } = knownOf(daemonDecision('d1', 1));
    expect(facts.add(routes)).toBe(true);
    facts.ended(false);
    expect(() => facts.read(routes.name)).toThrow('not in the journal');
    expect(facts.add(routes)).toBe(true);
    facts.ended(true);
    expect([facts.add(routes), facts.read(routes.name)]).toEqual([false, JSON.parse(routes.json)]);
    // What is still to be read in the other file names them, too.
    facts.beginAnew();
    expect([facts.read(routes.name), facts.add(routes)]).toEqual([JSON.parse(routes.json), true]);
  });

  it('come back with each decision, also after a restart and after the journal took turns', async () => {
    const decisions = Array.from({ length: 40 }, (_, at) => daemonDecision(`d${at}`, at, at % 3));
    const store = await openStore(path, { onRefused: fail });
    for (const [at, decision] of decisions.entries()) {
      save(store, decision);
      await store.committed();
      // It empties the journal, and with it both files take turns.
      if (at % 7 === 6) store.history.forgetRest();
    }
    for (const decision of decisions) expectKept(store, decision);
    expect(
      store.history.logged({ before: null, sinceMs: 0, limit: 99 }).map((each) => plain(each.decision)),
    ).toEqual(plain([...decisions].reverse() as never));
    store.close();
    const again = await openStore(path);
    for (const decision of decisions) expectKept(again, decision);
    again.close();
    // Three variants of the routes, one policy.
    expect(await factsInFile()).toBe(4);
  });

  it('stay as long as a decision names them, and are written again when one does anew', async () => {
    const store = await openStore(path, { onRefused: fail });
    for (let at = 0; at < 10; at += 1) save(store, daemonDecision(`old${at}`, at, 1));
    save(store, daemonDecision('new', 100, 2));
    // The newest of the old ones is kept, and it names what they all name.
    while (store.history.prune({ beforeMs: 9, maxBytes: Infinity }) > 0);
    expectKept(store, daemonDecision('old9', 9, 1));
    while (store.history.prune({ beforeMs: 50, maxBytes: Infinity }) > 0);
    expectKept(store, daemonDecision('new', 100, 2));
    save(store, daemonDecision('again', 101, 1));
    expectKept(store, daemonDecision('again', 101, 1));
    while (store.history.prune({ beforeMs: 101, maxBytes: Infinity }) > 0);
    store.close();
    expect(await factsInFile()).toBe(2);
  });

  it('are cleared with the history', async () => {
    const store = await openStore(path, { onRefused: fail });
    save(store, daemonDecision('d1', 1));
    while (store.history.prune({ beforeMs: Number.MAX_SAFE_INTEGER, maxBytes: Infinity }) > 0);
    store.history.forgetRest();
    store.close();
    expect(await factsInFile()).toBe(0);
    const after = await openStore(path);
    save(after, daemonDecision('d2', 2));
    expectKept(after, daemonDecision('d2', 2));
    after.close();
  });

  it('are there for what the journal has and the file has not, while the file can not be written', async () => {
    const database = await openDatabase(path, { exclusive: true });
    migrate(database);
    const at = { nowMs: 0 };
    const options = { nowMs: () => at.nowMs, onChange: () => undefined, onRefused: fail };
    const store = openDirectStore(database, options);
    save(store, daemonDecision('d0', 0));
    expectKept(store, daemonDecision('d0', 0));
    const used = Number(database.pragma('page_count', { simple: true }));
    database.pragma(`max_page_count = ${used}`);
    const decisions = Array.from({ length: 40 }, (_, index) => daemonDecision(`e${index}`, index, index % 2));
    for (const decision of decisions) {
      save(store, decision);
      await store.committed();
    }
    expect(store.mode).toBe('memory');
    for (const decision of decisions) expectKept(store, decision);
    database.pragma('max_page_count = 100000');
    at.nowMs = 15_001;
    save(store, daemonDecision('last', 99, 5));
    await store.committed();
    expect(store.mode).toBe('sqlite');
    store.close();
    const after = await openStore(path);
    for (const decision of [...decisions, daemonDecision('last', 99, 5)]) expectKept(after, decision);
    after.close();
  });
});
