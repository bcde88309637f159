/**
 * A server on this machine that has just answered and then says nothing is left after seconds; one that may have to load
 * its model first is given the minute that such a load may take.
 */
import { afterEach, expect, it } from 'vitest';
import { toolsAt } from '../support/endpoint-tools.ts';
import { ScriptedHome, scriptedKinds } from '../support/scripted-home.ts';
import type { ScriptedProvider } from '../support/scripted-provider.ts';

const [openaiKind] = scriptedKinds;
let home: ScriptedHome;
afterEach(() => home.dispose());

async function open() {
  home = new ScriptedHome();
  const { key, servers } = await home.openWith(openaiKind, openaiKind);
  const tool = toolsAt(home.address, key)[0]!;
  const ask = async () => {
    const startedAtMs = Date.now();
    const { text } = await tool.ask({ model: 'auto', stream: true });
    return { text, tookMs: Date.now() - startedAtMs };
  };
  return { servers: servers as [ScriptedProvider, ScriptedProvider], ask };
}

it('leaves a warm local server that says nothing after ten seconds, a cold one after a minute', async () => {
  const { servers, ask } = await open();
  // On a busy machine the one that was asked first may seem slow, and the other one is tried.
  const answersOften = ({ requests }: ScriptedProvider) => requests.length === 5;
  while (!servers.some(answersOften)) await ask();
  const known = servers.find(answersOften)!;
  const other = servers.find((server) => server !== known)!;
  known.reply = () => ({ text: 'never', after: { events: 0, does: 'hang' } });
  other.reply = () => ({ text: 'Here.' });
  const warm = await ask();
  expect(warm.text).toBe('Here.');
  expect(warm.tookMs).toBeGreaterThan(7_000);
  expect(warm.tookMs).toBeLessThan(11_000);
  // The other one has hardly answered: nobody knows how long it may take. And there is no third.
  other.reply = () => ({ text: 'never', after: { events: 0, does: 'hang' } });
  const startedAtMs = Date.now();
  await expect(ask()).rejects.toThrow('No first token within 60 s');
  expect(Date.now() - startedAtMs).toBeGreaterThan(55_000);
});
