import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { MemoryStore } from './memory-store.ts';
import { openStore } from './open-store.ts';
import type { EndpointKeyRecord } from './records.ts';

const folder = mkdtempSync(join(tmpdir(), 'task-router-keys-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const key: EndpointKeyRecord = {
  ...{ id: 'k1', name: 'O\'Brien’s "tool"; DROP TABLE endpoint_keys; --', digest: 'ab'.repeat(32) },
  ...{
    policy: { localOnly: true, allow: ['local/*'] },
    dailyBudgetUsd: 2.5,
    createdAtMs: 1,
    lastUsedAtMs: null,
  },
  ...{ revokedAtMs: null, dayMs: 0, dayRequests: 0, dayUsd: 0 },
};
const used: EndpointKeyRecord = {
  ...key,
  lastUsedAtMs: 5,
  dayMs: 4,
  dayRequests: 2,
  dayUsd: 0.1,
  revokedAtMs: 6,
};
const other: EndpointKeyRecord = {
  ...key,
  id: 'k2',
  digest: 'cd'.repeat(32),
  policy: null,
  dailyBudgetUsd: null,
};

it('come back from the file as they were saved last, oldest first', async () => {
  const path = join(folder, 'router.db');
  const store = await openStore(path);
  expect(store.mode).toBe('sqlite');
  for (const record of [key, other, used]) store.saveEndpointKey(record);
  expect(store.readEndpointKeys()).toEqual([used, other]);
  store.close();
  const again = await openStore(path);
  expect(again.readEndpointKeys()).toEqual([used, other]);
  again.close();
});

it('are held in memory where there is no file', () => {
  const store = new MemoryStore('a test');
  for (const record of [key, other, used]) store.saveEndpointKey(record);
  expect(store.readEndpointKeys()).toEqual([used, other]);
});
