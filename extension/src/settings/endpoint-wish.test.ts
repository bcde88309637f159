import type { EndpointView } from '@task-router/protocol';
import { expect, it } from 'vitest';
import { EndpointWish, type EndpointSettings } from './endpoint-wish.ts';

function stage(own: {
  enabled?: unknown;
  port?: unknown;
  trusted?: boolean;
  problem?: EndpointView['problem'];
}) {
  const sent: EndpointSettings[] = [];
  const told: unknown[] = [];
  const wish = new EndpointWish({
    read: () => ({ enabled: own.enabled, port: own.port }),
    isTrusted: () => own.trusted !== false,
    configure: (settings) => {
      sent.push(settings);
      return Promise.resolve({ problem: own.problem ?? null } as EndpointView);
    },
    tell: (problem) => told.push(problem),
  });
  return { wish, sent, told };
}

it('tells a daemon of an endpoint that is wanted, and of one that is no more, but not of one that never was', async () => {
  const on = stage({ enabled: true, port: 20_000 });
  await on.wish.connected();
  expect(on.sent).toEqual([{ enabled: true, port: 20_000 }]);
  const unset = stage({});
  await unset.wish.connected();
  expect(unset.sent).toEqual([]);
  await unset.wish.send();
  expect(unset.sent).toEqual([{ enabled: false }]);
  // It may have been switched off while no window was there to say so.
  const off = stage({ enabled: false });
  await off.wish.connected();
  expect(off.sent).toEqual([{ enabled: false }]);
});

it('takes only values that fit, and sends nothing from a window that is not trusted', async () => {
  const odd = stage({ enabled: 'yes', port: 80 });
  await odd.wish.send();
  expect(odd.sent).toEqual([{ enabled: false }]);
  const untrusted = stage({ enabled: true, trusted: false });
  await untrusted.wish.connected();
  expect(untrusted.sent).toEqual([]);
});

it('says why it can’t listen', async () => {
  const problem = { code: 'endpoint.portTaken', message: 'Taken.', next: 'Choose another.' };
  const { wish, told } = stage({ enabled: true, problem });
  await wish.connected();
  expect(told).toEqual([problem]);
});
