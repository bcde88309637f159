import type { EndpointKeyView, EndpointView } from '@task-router/protocol';
import { expect, it } from 'vitest';
import { endpointItem, endpointKeyItem } from './endpoint-items.ts';

const key: EndpointKeyView = {
  ...{ id: 'k1', name: 'Cline', createdAtMs: 1, lastUsedAtMs: 2, policy: null, dailyBudgetUsd: 2 },
  ...{ requestsToday: 3, spentTodayUsd: 0.5 },
};
const view: EndpointView = {
  ...{ enabled: true, enabledBy: ['editor'], port: 14_114, address: 'http://127.0.0.1:14114', problem: null },
  ...{ keys: [key], requestsToday: 3 },
};

it('says where it listens and who asks', () => {
  expect(endpointItem(view)).toMatchObject({
    label: 'Endpoint',
    description: '127.0.0.1:14114 · 1 key · 3 requests today',
    contextValue: 'endpoint.on',
  });
});

it('says what keeps it from listening, with the next step in the hover and for a screen reader', () => {
  const problem = { code: 'endpoint.portTaken', message: 'Port 14114 is taken.', next: 'Choose another.' };
  const item = endpointItem({ ...view, address: null, problem });
  expect(item).toMatchObject({ description: 'Port 14114 is taken.', icon: { id: 'warning' } });
  expect(item.details).toContainEqual(['Next', 'Choose another.']);
  expect(item.spoken).toContain('Choose another.');
});

it('shows a key by its tool, its use and its limit', () => {
  expect(endpointKeyItem(key)).toMatchObject({
    label: 'Cline',
    description: '3 requests today · $0.50 of $2.00',
  });
  const fresh = { ...key, lastUsedAtMs: null, policy: { localOnly: true } };
  expect(endpointKeyItem(fresh).description).toBe('never used');
  expect(endpointKeyItem(fresh).details).toContainEqual(['May use', '{"localOnly":true}']);
});
