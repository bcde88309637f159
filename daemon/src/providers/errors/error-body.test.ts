import { describe, expect, it } from 'vitest';
import { readErrorBody } from './error-body.ts';
import { failureFrom } from './errors.ts';

const source = { host: 'host.example', keys: ['the-canary-key'], rules: {} };

describe('readErrorBody', () => {
  it('finds codes and sentences wherever they stand, also in JSON inside a string', () => {
    const inner = JSON.stringify({
      error: { code: 429, message: 'inner sentence', status: 'RESOURCE_EXHAUSTED' },
    });
    const { codes, message, text } = readErrorBody(
      JSON.stringify({ error: { message: inner, code: 'wrapped' } }),
    );
    expect(codes).toEqual(expect.arrayContaining(['wrapped', '429', 'resource_exhausted']));
    expect(message).toBe('inner sentence');
    expect(text).toContain('inner sentence');
  });

  it.each([
    '',
    '{',
    '[]',
    'null',
    '42',
    '"text"',
    '{"error":null}',
    '{"__proto__":{"code":"x"}}',
    '\u0000\ufffd',
    '[[[[[[[[[[[[1]]]]]]]]]]]]',
  ])('survives %j', (body) => {
    expect(() => readErrorBody(body)).not.toThrow();
    expect(failureFrom(source, { status: 500, headers: {}, body, nowMs: 0 }).kind).toBe('server');
  });

  it('takes a bounded look at a body that is nothing but nesting', () => {
    const before = process.cpuUsage();
    readErrorBody(`${'[{"error":'.repeat(5_000)}1${'}]'.repeat(5_000)}`);
    readErrorBody({ error: Array.from({ length: 100_000 }, () => ({ message: 'x' })) });
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_000);
  });
});

describe('failureFrom', () => {
  it('cuts long messages after the key was taken out, never through it', () => {
    const body = `${'x'.repeat(490)} the-canary-key tail`;
    const error = failureFrom(source, { status: 400, headers: {}, body, nowMs: 0 });
    expect(error.message.length).toBeLessThanOrEqual(500);
    expect(`${error.message}${error.body}${error.words}`).not.toContain('canary');
  });

  it('is one line without control characters', () => {
    const error = failureFrom(source, { status: 400, headers: {}, body: 'a\n\u001b[31mb\u2028c', nowMs: 0 });
    expect([error.message, error.words]).toEqual(['host.example answered 400: a [31mb c', 'a [31mb c']);
  });
});
