/** The guard by itself, against anything a header may hold; security-handshake.test.ts drives it with real requests. */
import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkHandshake, sha256 } from './guard.ts';

const token = 'T'.repeat(43);
const digest = sha256(token);

function request(headers: readonly (readonly [string, string])[], url = '/v1'): IncomingMessage {
  // As Node fills it: the first of several equal headers wins.
  const joined = Object.fromEntries(
    [...headers].reverse().map(([name, value]) => [name.toLowerCase(), value]),
  );
  return { url, rawHeaders: headers.flat(), headers: joined } as unknown as IncomingMessage;
}
const good = [
  ['Host', 'localhost'],
  ['Authorization', `Bearer ${token}`],
] as const;

describe('checkHandshake', () => {
  it('lets the right request in, whatever other headers it has', () => {
    const name = fc.stringMatching(/^x-[a-z]{1,10}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.string())), (others) => {
        expect(checkHandshake(request([...others, ...good]), { port: undefined, digest })).toBeNull();
      }),
    );
  });

  it('lets nothing else in and never throws', () => {
    const name = fc.constantFrom('Host', 'host', 'Authorization', 'Origin', 'Sec-Fetch-Site', 'Cookie');
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'localhost',
        '127.0.0.1:1',
        `Bearer ${'t'.repeat(43)}`,
        'null',
        '[::1]',
        '127.0.0.1:99999',
      ),
    );
    const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(fc.tuple(name, text)), fc.string(), port, (headers, url, ours) => {
        expect([400, 401, 403, 404]).toContain(checkHandshake(request(headers, url), { port: ours, digest }));
        expect([400, 401, 403]).toContain(checkHandshake(request(headers), { port: ours, digest }));
      }),
      { numRuns: 2_000 },
    );
  });

  it('wants the port it listens on, and none on a socket', () => {
    const withHost = (host: string) => request([['Host', host], good[1]]);
    expect(checkHandshake(withHost('localhost:80'), { port: 80, digest })).toBeNull();
    expect(checkHandshake(withHost('localhost:81'), { port: 80, digest })).toBe(403);
    expect(checkHandshake(withHost('localhost'), { port: 80, digest })).toBe(403);
    expect(checkHandshake(withHost('localhost:80'), { port: undefined, digest })).toBe(403);
  });
});
