import { errorCatalog } from '@task-router/protocol';
import { expect, it } from 'vitest';
import { stepsOf } from './error-card.ts';

it('leads somewhere from every code, and from codes of a newer daemon', () => {
  for (const code of Object.keys(errorCatalog)) expect(stepsOf(code), code).not.toHaveLength(0);
  expect(stepsOf('future.unheardOf')).toEqual(['showLog']);
  expect(stepsOf('constructor')).toEqual(['showLog']);
});

it('offers the step that helps first', () => {
  expect(stepsOf('provider.keyRejected')[0]).toBe('addKey');
  expect(stepsOf('config.unknownKey')[0]).toBe('openConfig');
  expect(stepsOf('route.none')[0]).toBe('ways');
  expect(stepsOf('daemon.unreachable')[0]).toBe('restartDaemon');
});
