import { expect, it } from 'vitest';
import { stateRecord } from './state-record.ts';

it('is whole as JSON, with the state as it is when that is made', () => {
  const state = { calls: 1 };
  const record = stateRecord('performance', 'a/m', state, 5);
  state.calls = 2;
  expect(JSON.parse(JSON.stringify([record]))).toEqual([
    { area: 'performance', key: 'a/m', json: '{"calls":2}', updatedAtMs: 5 },
  ]);
});
