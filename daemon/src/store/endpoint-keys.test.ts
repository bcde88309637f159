import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { MemoryStore } from './memory/memory-store.ts';
import { openStore } from './open-store.ts';
import type { EndpointKeyRecord } from './records.ts';

const folder = mkdtempSync(join(tmpdir(), 'task-router-keys-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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

const counted: EndpointKeyRecord = { ...key, lastUsedAtMs: 9, dayMs: 8, dayRequests: 7, dayUsd: 0.5 };

it('take over what was counted, and nothing else', async () => {
  const path = join(folder, 'counted.db');
  const store = await openStore(path);
  store.saveEndpointKey(key);
  store.saveEndpointKeyUse({ ...counted, dayRequests: 6 });
  store.saveEndpointKeyUse(counted);
  expect(store.readEndpointKeys()).toEqual([counted]);
  store.saveEndpointKey(used);
  store.saveEndpointKeyUse(counted);
  store.saveEndpointKeyUse({ ...counted, id: 'never made' });
  store.close();
  const again = await openStore(path);
  expect(again.readEndpointKeys()).toEqual([{ ...counted, revokedAtMs: used.revokedAtMs }]);
  again.close();
});

it('stay revoked in memory, whatever was counted of them', () => {
  const store = new MemoryStore('a test');
  for (const record of [key, used]) store.saveEndpointKey(record);
  store.saveEndpointKeyUse(counted);
  expect(store.readEndpointKeys()).toEqual([{ ...counted, revokedAtMs: used.revokedAtMs }]);
});
