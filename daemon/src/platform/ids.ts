/**
 * Identifiers that sort by the time they were made (UUID version 7), so that rows keyed by them lie together in the
 * database and a list of them reads as a history.
 */
import { randomFillSync } from 'node:crypto';

/** A new identifier for the instant `nowMs`. The 74 random bits make it unguessable enough to be unique, not secret. */
export function newId(nowMs: number): string {
  const bytes = randomFillSync(Buffer.alloc(16));
  bytes.writeUIntBE(nowMs, 0, 6);
  // Version 7 and the RFC 9562 variant.
  bytes.writeUInt8(0x70 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
