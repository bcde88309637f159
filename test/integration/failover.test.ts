/**
 * Failover as a window sees it, through the whole daemon: a stream that breaks is moved unseen, continued or restarted, a
 * near reset is waited for, and what stays incomplete says so. The slow tier has every chunk and every kind of outage.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { FaultInput } from '../../daemon/src/demo/index.ts';
import { startStage } from '../support/failover-stage.ts';
import type { FailoverStage, ServerPlan } from '../support/failover-stage.ts';

const words = Array.from({ length: 50 }, (_, index) => `${index === 0 ? '' : ' '}word-${index}-äöü`);
const fullText = words.join('');
const profiles = ['demo-strong', 'demo-fast', 'demo-flaky'] as const;

let stage: FailoverStage | null = null;
afterEach(async () => {
  await stage?.dispose();
  stage = null;
});

/** Goes on from a beginning that it is given, and repeats its last words when told to. */
function answer(messages: readonly { readonly role: string; readonly text: string }[]): string {
  const begun = messages.findLast(({ role }) => role === 'assistant')?.text.trimEnd() ?? '';
  if (begun === '' || !fullText.startsWith(begun)) return fullText;
  const repeat = /<last_words>([\s\S]*)<\/last_words>/.exec(messages.at(-1)?.text ?? '')?.[1] ?? '';
  return repeat + fullText.slice(begun.length);
}

/** Two servers of one wire; whichever is asked first meets the fault. */
async function breaksFirst(profile: ServerPlan['profile'], fault: FaultInput): Promise<FailoverStage> {
  let met = 0;
  const plan = (id: `demo-${string}`): ServerPlan => ({
    id,
    profile,
    answer,
    faults: () => (met++ === 0 ? fault : { kind: 'none' }),
  });
  stage = await startStage([plan('demo-a'), plan('demo-b')]);
  return stage;
}

describe.each(profiles)('a stream of %s that breaks', (profile) => {
  it.each([
    ['before its first words', 0, 'continue', 0],
    ['after a few', 12, 'restart', 1],
    ['late', 40, 'continue', 1],
  ] as const)(
    '%s: the whole text stands in the end, and the seam is marked',
    async (_, chunks, mode, isSeen) => {
      const { route } = await breaksFirst(profile, { kind: 'die', afterChunks: chunks });
      const task = await route();
      expect([task.error, task.text]).toEqual([null, fullText]);
      expect(task.transitions).toHaveLength(1);
      expect(task.transitions[0]).toMatchObject({
        mode,
        textOffset: isSeen * words.slice(0, chunks).join('').length,
      });
    },
  );

  it('after a tool call is not sent elsewhere', async () => {
    const { route } = await breaksFirst(profile, { kind: 'tool-call', afterChunks: 3, how: 'truncate' });
    const task = await route();
    expect([task.error?.code, task.outcome?.attempts]).toEqual(['route.incomplete', 1]);
  });
});

it('a refused task goes to no other model of the family, one that is too long to a larger window', async () => {
  stage = await startStage([
    { id: 'demo-a', profile: 'demo-fast', faults: { repeat: [{ kind: 'content-policy' }] } },
    { id: 'demo-b', profile: 'demo-fast', faults: { repeat: [{ kind: 'content-policy' }] } },
  ]);
  const refused = await stage.route();
  expect([refused.error?.code, refused.outcome?.attempts]).toEqual(['route.allFailed', 1]);
  await stage.dispose();
  stage = await startStage([
    { id: 'demo-a', profile: 'demo-fast', faults: { repeat: [{ kind: 'context-length' }] } },
    { id: 'demo-b', profile: 'demo-fast', faults: { repeat: [{ kind: 'context-length' }] } },
    { id: 'demo-c', profile: 'demo-strong' },
  ]);
  const long = await stage.route();
  expect([long.error, long.outcome?.route]).toEqual([null, 'demo-c/demo-large']);
});

it('no model below the quality floor is asked, also when every better one fails', async () => {
  stage = await startStage([
    { id: 'demo-a', profile: 'demo-strong', faults: { repeat: [{ kind: 'die', afterChunks: 0 }] } },
    { id: 'demo-b', profile: 'demo-fast' },
  ]);
  const withoutFloor = await stage.route();
  expect([withoutFloor.error, withoutFloor.outcome?.route]).toEqual([null, 'demo-b/demo-mini']);
  const asked = stage.server('demo-b').log().length;
  const policy = [{ level: 'folder', name: 'shop', policy: { minQuality: 0.6 } }] as const;
  const task = await stage.route('say hello', { policy: [...policy] });
  expect(task.error).not.toBeNull();
  expect(stage.server('demo-b').log().length).toBe(asked);
  expect(
    task.view.decision?.candidates.find(({ route }) => route === 'demo-b/demo-mini')?.rejected,
  ).toMatchObject({ code: 'policy.qualityFloor', setting: 'Folder "shop": taskRouter.policy.minQuality' });
});

it('a near reset is waited for when no other route is left', async () => {
  stage = await startStage([
    {
      id: 'demo-a',
      profile: 'demo-fast',
      faults: [{ kind: 'status', status: 429, retryAfter: { seconds: 1 } }],
    },
  ]);
  const task = await stage.route();
  expect([task.error, task.outcome?.attempts]).toEqual([null, 2]);
  expect(task.transitions[0]?.message).toContain('its limit is reset in 1 s');
});

it('an answer that stays incomplete says so, and is taken up again where it broke off', async () => {
  let calls = 0;
  const faults = (): FaultInput => (calls++ === 0 ? { kind: 'die', afterChunks: 30 } : { kind: 'none' });
  stage = await startStage([{ id: 'demo-a', profile: 'demo-fast', answer, faults }]);
  const first = await stage.route();
  expect(first.error?.code).toBe('route.incomplete');
  const resume = { text: first.text, route: first.outcome?.route ?? '' };
  const second = await stage.route('say hello', { retryOf: first.view.taskId, resume });
  expect([second.error, second.text]).toEqual([null, fullText]);
  expect(second.transitions).toMatchObject([{ mode: 'continue', textOffset: first.text.length }]);
});
