/**
 * The keys of the endpoint: one for each tool, shown once when it is made, kept as its digest alone. A request's key is
 * hashed and looked up by that hash, so how long it takes says nothing of a stored key. Use and spend are counted in
 * memory and written now and then, with what else waits; making and revoking is written at once.
 */
import { hash, randomBytes } from 'node:crypto';
import type { EndpointKeyView, Policy } from '@task-router/protocol';
import { RouterError, limits } from '@task-router/protocol';
import type { OutsideTool } from '../dispatch/outside/outside-call.ts';
import { Roster } from '../platform/roster.ts';
import type { EndpointKeyRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';

type KeyStore = Pick<Store, 'readEndpointKeys' | 'saveEndpointKey' | 'saveEndpointKeyUse'>;

/** Recognised by redaction; the rest is 32 random bytes. */
const prefix = 'trk_';
const keyShape = /^trk_[\w-]{43}$/;

/** A key that may be used, as the hot path sees it. */
export interface ActiveKey {
  readonly tool: OutsideTool;
  /** Requests that run; aborted when the key is revoked. */
  readonly running: Roster<AbortController>;
}

interface Entry extends ActiveKey {
  /** As it was read or made; what is counted since stands beside it. */
  readonly record: EndpointKeyRecord;
  lastUsedAtMs: number | null;
  dayMs: number;
  dayRequests: number;
  dayUsd: number;
  isUnsaved: boolean;
}

export class EndpointKeys {
  readonly #store: KeyStore;
  readonly #nowMs: () => number;
  readonly #createId: () => string;
  /** By digest, in hex. */
  readonly #active = new Map<string, Entry>();
  /** The day of the last count: finding where a day begins takes longer than counting. */
  #today = { fromMs: 0, untilMs: 0 };

  constructor(parts: {
    readonly store: KeyStore;
    readonly nowMs: () => number;
    readonly createId: () => string;
  }) {
    this.#store = parts.store;
    this.#nowMs = parts.nowMs;
    this.#createId = parts.createId;
    for (const record of parts.store.readEndpointKeys()) {
      if (record.revokedAtMs === null) this.#active.set(record.digest, entryOf(record));
    }
  }

  /** The key that this text is; null: none that is in force. Safe on any text. */
  find(key: string): ActiveKey | null {
    return keyShape.test(key) ? (this.#active.get(digestOf(key)) ?? null) : null;
  }

  /** Throws `endpoint.tooManyKeys`. */
  create(wish: {
    readonly name: string;
    readonly policy: Policy | null;
    readonly dailyBudgetUsd: number | null;
  }): { key: string; view: EndpointKeyView } {
    if (this.#active.size >= limits.endpointKeys)
      throw new RouterError('endpoint.tooManyKeys', `There are ${limits.endpointKeys} keys already.`);
    const key = `${prefix}${randomBytes(32).toString('base64url')}`;
    const record: EndpointKeyRecord = {
      ...wish,
      id: this.#createId(),
      digest: digestOf(key),
      createdAtMs: this.#nowMs(),
      lastUsedAtMs: null,
      revokedAtMs: null,
      dayMs: this.#dayOf(this.#nowMs()),
      dayRequests: 0,
      dayUsd: 0,
    };
    this.#store.saveEndpointKey(record);
    this.#active.set(record.digest, entryOf(record));
    return { key, view: this.#viewOf(record) };
  }

  /** Ends it at once, with the requests that run under it. Throws `endpoint.keyNotFound`. */
  revoke(id: string): EndpointKeyView {
    const entry = [...this.#active.values()].find(({ record }) => record.id === id);
    if (entry === undefined)
      throw new RouterError('endpoint.keyNotFound', 'No key that is in force has this id.');
    this.#active.delete(entry.record.digest);
    const record = recordOf(entry);
    this.#store.saveEndpointKey({ ...record, revokedAtMs: this.#nowMs() });
    for (const request of entry.running.all()) request.abort();
    return this.#viewOf(record);
  }

  /** Ends every request that runs. */
  abortAll(): void {
    for (const { running } of this.#active.values()) for (const request of running.all()) request.abort();
  }

  list(): EndpointKeyView[] {
    return [...this.#active.values()].map((entry) => this.#viewOf(recordOf(entry)));
  }

  /** Counts a request of this key. */
  noteRequest(key: ActiveKey): void {
    this.#note(key, 1, 0);
  }

  /** Counts what a request cost; US dollars. */
  noteSpend(key: ActiveKey, costUsd: number): void {
    this.#note(key, 0, costUsd);
  }

  /** Has what was counted written, without waiting for it. */
  save(): void {
    for (const entry of this.#active.values()) {
      if (!entry.isUnsaved) continue;
      entry.isUnsaved = false;
      this.#store.saveEndpointKeyUse(recordOf(entry));
    }
  }

  #note(key: ActiveKey, requests: number, costUsd: number): void {
    const entry = key as Entry;
    const nowMs = this.#nowMs();
    const dayMs = this.#dayOf(nowMs);
    if (entry.dayMs !== dayMs) {
      entry.dayMs = dayMs;
      entry.dayRequests = 0;
      entry.dayUsd = 0;
    }
    entry.lastUsedAtMs = nowMs;
    entry.dayRequests += requests;
    entry.dayUsd += costUsd;
    entry.isUnsaved = true;
  }

  #viewOf(record: EndpointKeyRecord): EndpointKeyView {
    const { id, name, createdAtMs, lastUsedAtMs, policy, dailyBudgetUsd } = record;
    const isToday = record.dayMs === this.#dayOf(this.#nowMs());
    return {
      ...{ id, name, createdAtMs, lastUsedAtMs, policy, dailyBudgetUsd },
      requestsToday: isToday ? record.dayRequests : 0,
      spentTodayUsd: isToday ? record.dayUsd : 0,
    };
  }

  /** When the day of this time began here. */
  #dayOf(nowMs: number): number {
    const { fromMs, untilMs } = this.#today;
    if (nowMs >= fromMs && nowMs < untilMs) return fromMs;
    const day = new Date(nowMs);
    const beganMs = day.setHours(0, 0, 0, 0);
    // The next one's: a day has not always 24 hours.
    this.#today = { fromMs: beganMs, untilMs: day.setDate(day.getDate() + 1) };
    return beganMs;
  }
}

function entryOf(record: EndpointKeyRecord): Entry {
  const { id, name, policy, dailyBudgetUsd, lastUsedAtMs, dayMs, dayRequests, dayUsd } = record;
  const tool = { keyId: id, name, policy, dailyBudgetUsd };
  const counted = { lastUsedAtMs, dayMs, dayRequests, dayUsd };
  return { tool, running: new Roster(), record, ...counted, isUnsaved: false };
}

/** With what was counted so far. */
function recordOf({ record, lastUsedAtMs, dayMs, dayRequests, dayUsd }: Entry): EndpointKeyRecord {
  return { ...record, lastUsedAtMs, dayMs, dayRequests, dayUsd };
}

function digestOf(key: string): string {
  return hash('sha256', key, 'hex');
}
