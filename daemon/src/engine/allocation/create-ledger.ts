/** The ledger over a book: rules from `transitions.ts`, storage from wherever the book is kept. */
import { allocation } from '../config/allocation.ts';
import { bucketView, drained } from './bucket.ts';
import type { Ledger } from './ledger.ts';
import type { LedgerBook } from './ledger-book.ts';
import * as rules from './transitions.ts';

export function createLedger(book: LedgerBook): Ledger {
  return {
    hold: (request, nowMs) => book.transact((reader) => rules.hold(reader, request, nowMs)),
    commit: (ref, commitment, nowMs) =>
      book.transact((reader) => rules.commit(reader, { ref, commitment }, nowMs)),
    renew: (ref, expiresAtMs, nowMs) =>
      book.transact((reader) => rules.renew(reader, { ref, expiresAtMs }, nowMs)),
    grow: (ref, atLeast, nowMs) => book.transact((reader) => rules.grow(reader, { ref, atLeast }, nowMs)),
    releasePrefill: (ref, remaining, nowMs) =>
      book.transact((reader) => rules.releasePrefill(reader, { ref, remaining }, nowMs)),
    settle: (ref, actual, nowMs) => book.transact((reader) => rules.settle(reader, { ref, actual }, nowMs)),
    release: (ref, nowMs) => book.transact((reader) => rules.release(reader, ref, nowMs)),
    observe: (bucketId, atLeastUsed, nowMs) =>
      book.transact((reader) => rules.observe(reader, { bucketId, atLeastUsed }, nowMs)),
    sweep: (nowMs) => {
      const ended = book.transact((reader) => rules.sweep(reader, nowMs));
      book.forget({
        leasesMs: nowMs - allocation.keepEndedMs,
        taskBucketsMs: nowMs - allocation.keepTaskBucketsMs,
        bucketsMs: nowMs - allocation.keepBucketsMs,
      });
      return ended;
    },
    view: (nowMs) => ({
      buckets: book.buckets().map((bucket) => bucketView(drained(bucket, nowMs))),
      leases: book.livingLeases(),
    }),
    bucket: (bucketId, nowMs) => {
      const bucket = book.bucket(bucketId);
      return bucket && bucketView(drained(bucket, nowMs));
    },
    spend: (sinceMs) => book.spend(sinceMs),
  };
}
