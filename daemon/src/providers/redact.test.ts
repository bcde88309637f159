import { describe, expect, it } from 'vitest';
import { redact, redactValues } from './redact.ts';

describe('redact', () => {
  const key = 'se+cret/key-with "odd" parts==';

  it('removes a known key in every form in which a server echoes one', () => {
    const forms = [
      key,
      encodeURIComponent(key),
      JSON.stringify(key),
      Buffer.from(key).toString('base64'),
      Buffer.from(key).toString('base64url'),
    ];
    for (const form of forms) {
      const clean = redact(`before ${form} after`, [key]);
      expect(clean, form).toContain('[redacted]');
      expect(clean).toMatch(/^before .* after$/);
      expect(clean).not.toContain('cret');
      expect(clean).not.toContain(form);
    }
  });

  it('removes every occurrence of several keys, one a part of the other', () => {
    expect(redact('abcdefgh abcdefghij abcdefgh', ['abcdefgh', 'abcdefghij'])).not.toContain('abcdefgh');
  });

  it.each([
    'sk-proj-abcdefgh12345678',
    'sk-ant-api03-abcdefgh_12345678',
    'ghp_abcdefghijklmnop1234',
    'github_pat_abcdefghijklmnop_1234',
    'AIzaSyA1234567890abcdefghijk',
    'xai-abcdefghijklmnop1234',
    'gsk_abcdefghijklmnop1234',
    'hf_abcdefghijklmnop1234',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-DEF_123',
    'Bearer abc.def-ghi~123',
    'Basic dXNlcjpwYXNzd29yZA==',
  ])('removes what looks like a key: %s', (secret) => {
    expect(redact(`{"error":"wrong key ${secret}"}`)).toBe('{"error":"wrong key [redacted]"}');
  });

  it('removes secrets from addresses and leaves the rest of them', () => {
    expect(redact('GET https://api.example/v1?key=abc123&alt=sse failed')).toBe(
      'GET https://api.example/v1?key=[redacted]&alt=sse failed',
    );
    expect(redact('at https://user:pass@host/path')).toBe('at https://[redacted]@host/path');
  });

  it('leaves ordinary text alone', () => {
    const text =
      'The model `gpt-5` was not found; see https://docs.example/errors?page=2, task-risk-analysis, Bearer token.';
    expect(redact(text, ['', 'the'])).toBe(text);
  });

  it('takes no long time, whatever the text', () => {
    const nasty = ['-eyJ', 'sk-', 'Bearer ', 'a://b:', 'eyJa.', '?key='].map((part) => part.repeat(20_000));
    const before = process.cpuUsage();
    for (const text of nasty) redact(text, [key]);
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(3_000);
  });

  it('survives a key with half a character', () => {
    expect(() => redact('text', ['\ud800broken-key'])).not.toThrow();
  });

  it('cleans the values of a record', () => {
    expect(redactValues({ 'x-echo': 'my-secret-key', server: 'nginx' }, ['my-secret-key'])).toEqual({
      'x-echo': '[redacted]',
      server: 'nginx',
    });
  });
});
