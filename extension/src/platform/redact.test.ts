import { describe, expect, it } from 'vitest';
import { redact } from './redact.ts';

const cases: readonly (readonly [name: string, text: string, clean: string])[] = [
  ['an OpenAI key', 'key sk-proj-abcDEF123456 refused', 'key [redacted] refused'],
  ['an Anthropic key', 'sk-ant-api03-aaaa_bbbb-cccc', '[redacted]'],
  ['a Google key', 'AIzaSyA1234567890abcdefghij is wrong', '[redacted] is wrong'],
  ['a GitHub token', 'ghp_abcdefghijklmnopqrstuvwxyz012345', '[redacted]'],
  ['a bearer header', 'Authorization: Bearer abc.def-ghi_jkl', 'Authorization: [redacted]'],
  ['a JWT', 'eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl', '[redacted]'],
  ['a key in a query', 'GET /v1?key=abcdef&x=1', 'GET /v1?key=[redacted]&x=1'],
  ['credentials in an address', 'https://user:secret@host/v1', 'https://[redacted]host/v1'],
  ['ordinary text', 'the task asked for sketches', 'the task asked for sketches'],
];

describe('redact', () => {
  it.each(cases)('takes out %s', (_name, text, clean) => {
    expect(redact(text)).toBe(clean);
  });

  it('takes out known keys of any shape, everywhere', () => {
    expect(redact('canary-1 then canary-1', ['canary-1'])).toBe('[redacted] then [redacted]');
  });

  it('ignores known strings too short to be keys', () => {
    expect(redact('abc abc', ['abc', ''])).toBe('abc abc');
  });
});
