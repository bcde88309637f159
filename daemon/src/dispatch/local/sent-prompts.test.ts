/** What a server may have cached of a prompt, as far as we know. */
import { expect, it } from 'vitest';
import { SentPrompts } from './sent-prompts.ts';

const user = (text: string) => [{ role: 'user' as const, text }];
const long = 'a line of code\n'.repeat(400);

it('knows nothing of a model that was in memory before it looked', () => {
  expect(new SentPrompts().add('r', user(long)).ended()).toEqual({ ownChars: 0, nothingElse: false });
});

it('counts the beginning that two prompts share, and no more', () => {
  const sent = new SentPrompts();
  sent.wasCold('r');
  const own = (text: string) => sent.add('r', user(text)).ended().ownChars;
  expect(own(`first ${long}`)).toBe(0);
  expect(own(`other ${long}`)).toBe(0);
  expect(own(`first ${long}`)).toBeGreaterThanOrEqual(long.length);
  const half = `first ${long}`.slice(0, 3_000);
  expect(own(`${half}and on it goes differently ${long}`)).toBeGreaterThanOrEqual(2_800);
  expect(sent.add('elsewhere', user(long)).ended().ownChars).toBe(0);
});

it('forgets with the server’s memory, and after many prompts', () => {
  const sent = new SentPrompts();
  sent.wasCold('r');
  sent.add('r', user(long)).ended();
  sent.wasCold('r');
  expect(sent.add('r', user(long)).ended()).toEqual({ ownChars: 0, nothingElse: true });
  for (let index = 0; index < 20; index += 1) sent.add('r', user(`${index} ${long}`)).ended();
  expect(sent.add('r', user(long)).ended()).toEqual({ ownChars: 0, nothingElse: true });
});

it('counts a prompt whose call still runs: its beginning may be cached by then', () => {
  const sent = new SentPrompts();
  const running = sent.add('r', user(long));
  expect(sent.add('r', user(long)).ended().ownChars).toBeGreaterThanOrEqual(long.length);
  expect(running.ended().ownChars).toBe(0);
});
