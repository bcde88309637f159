/**
 * An upstream that is killed at chunk k, for every k of a stream of fifty, in all three formats: what a window shows in the
 * end is the whole answer, and what was shown before the break is marked. Nothing is repeated, nothing spliced in silence.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { FaultInput } from '../../daemon/src/demo/index.ts';
import { startStage } from '../support/failover-stage.ts';
import type { FailoverStage, RoutedTask, ServerPlan } from '../support/failover-stage.ts';

const chunkCount = 50;
const words = Array.from({ length: chunkCount }, (_, index) => `${index === 0 ? '' : ' '}word-${index}-äöü`);
const fullText = words.join('');
const profiles = ['demo-strong', 'demo-fast', 'demo-flaky'] as const;

let stage: FailoverStage | null = null;
afterEach(async () => {
  await stage?.dispose();
  stage = null;
});

/** Goes on from a beginning that it is given, and repeats its last words when told to: as a model does. */
function answer(messages: readonly { readonly role: string; readonly text: string }[]): string {
  const last = messages.at(-1)?.text ?? '';
  const begun = messages.findLast(({ role }) => role === 'assistant')?.text ?? '';
  if (begun === '' || !fullText.startsWith(begun.trimEnd())) return fullText;
  const repeat = /<last_words>([\s\S]*)<\/last_words>/.exec(last)?.[1] ?? '';
  return repeat + fullText.slice(begun.trimEnd().length);
}

/** Two servers; whichever is asked first meets the fault, everything later is well. */
async function breaksFirst(
  profile: (typeof profiles)[number],
  fault: FaultInput,
  other: (typeof profiles)[number] = profile,
  reply: typeof answer = answer,
): Promise<RoutedTask> {
  let met = 0;
  const plan = (id: `demo-${string}`, its: ServerPlan['profile']): ServerPlan => ({
    id,
    profile: its,
    answer: reply,
    faults: () => (met++ === 0 ? fault : { kind: 'none' }),
  });
  stage = await startStage([plan('demo-a', profile), plan('demo-b', other)]);
  const task = await stage.route();
  await stage.dispose();
  stage = null;
  return task;
}

/** Text shown before each transition, as a window had it. */
function shownBefore({ events }: RoutedTask): string[] {
  let text = '';
  return events.flatMap((event) => {
    if (event.type === 'delta') text += event.text;
    if (event.type !== 'transition') return [];
    const before = text;
    if (event.transition.mode === 'restart') text = '';
    expect(event.transition.textOffset).toBe(before.length);
    return [before];
  });
}

describe.each(profiles)('%s killed at chunk k', (profile) => {
  it('shows the whole text in the end, with every seam marked, for every k', async () => {
    const seams = { silent: 0, continued: 0, restarted: 0 };
    for (let chunks = 0; chunks < chunkCount; chunks += 1) {
      const task = await breaksFirst(profile, { kind: 'die', afterChunks: chunks });
      expect([chunks, task.error, task.text]).toEqual([chunks, null, fullText]);
      const [first, ...more] = task.transitions;
      expect([chunks, first !== undefined, more]).toEqual([chunks, true, []]);
      const [before] = shownBefore(task);
      if (before === '') seams.silent += 1;
      else if (first?.mode === 'continue') seams.continued += 1;
      else seams.restarted += 1;
    }
    // Early breaks are not seen at all, late ones are continued, and those between start over.
    expect(seams.silent).toBeGreaterThan(0);
    expect(seams.continued).toBeGreaterThan(20);
    expect(seams.silent + seams.continued + seams.restarted).toBe(chunkCount);
  });

  it.each([
    ['a clean end without an end marker', { kind: 'truncate', afterChunks: 30 }],
    ['an error event', { kind: 'error-event', error: 500, afterChunks: 30 }],
    ['a frame that is no JSON', { kind: 'malformed', afterChunks: 30 }],
    ['a reset', { kind: 'die', afterChunks: 30, how: 'reset' }],
  ] as const)('goes on after %s', async (_, fault) => {
    const task = await breaksFirst(profile, fault);
    expect([task.error, task.text]).toEqual([null, fullText]);
    expect(task.transitions).toHaveLength(1);
  });
});

/** An answer as models write them: prose, code in several languages, quotes and brackets in all of them. */
const realistic = `Here's how I'd do it (in two steps).

\`\`\`ts
export function total(items: readonly Item[], rate = 0.19): string {
  // Don't count what isn't there (yet).
  const net = items
    .filter(({ count }) => count > 0)
    .reduce((sum, { price, count }) => sum + price * count, 0);
  if (/^\\d+[)\\]}]?$/.test(String(net))) return \`net: \${format(net, { digits: 2 })} (without tax)\`;
  return ["net", net, \`gross: \${(net * (1 + rate)).toFixed(2)}\`].join(' / ');
}
\`\`\`

The same in Python, as it's done there:

\`\`\`python
def total(items, rate=0.19):
    """Sum of prices (it's the net amount)."""
    net = sum(item["price"] * item.get('count', 1) for item in items)  # (no discount :-)
    return {"net": net, "gross": round(net * (1 + rate), 2)}
\`\`\`

And to try it out:

\`\`\`bash
case "$1" in
  test) npm test -- --run "total(" ;;
  *) echo "usage: $0 {test}" ;;
esac
\`\`\`

That's all there is to it; the tests (if any) should go on passing.
`;

/** As the demo servers send it. */
const pieces = (realistic.match(/\s*\S+|\s+/g) ?? []).length;

describe('a realistic answer with code', () => {
  it.each(['demo-strong', 'demo-fast'] as const)('of %s goes on wherever it breaks', async (profile) => {
    const realAnswer: typeof answer = (messages) => {
      const begun = messages.findLast(({ role }) => role === 'assistant')?.text ?? '';
      if (begun === '') return realistic;
      const repeat = /<last_words>([\s\S]*)<\/last_words>/.exec(messages.at(-1)?.text ?? '')?.[1] ?? '';
      return repeat + realistic.slice(begun.trimEnd().length);
    };
    const kinds = { continued: 0, restarted: 0, refused: 0 };
    for (let chunks = 8; chunks < pieces - 1; chunks += 4) {
      const fault = { kind: 'die', afterChunks: chunks } as const;
      const task = await breaksFirst(profile, fault, profile, realAnswer);
      expect([chunks, task.error, task.text]).toEqual([chunks, null, realistic]);
      const [before = ''] = shownBefore(task);
      const [{ mode } = { mode: null }, second] = task.transitions;
      // A correct continuation that was not believed.
      if (second !== undefined) kinds.refused += 1;
      else if (mode === 'continue' && before !== '') kinds.continued += 1;
      else kinds.restarted += 1;
    }
    expect(kinds.continued).toBeGreaterThan(20);
    expect(kinds.refused).toBeLessThanOrEqual(0.01 * kinds.continued);
  });
});

describe('a seam that does not hold', () => {
  const broken = { kind: 'die', afterChunks: 40 } as const;

  it('with a model that begins anew in the same words: it goes on where these end', async () => {
    const task = await breaksFirst('demo-fast', broken, 'demo-fast', () => fullText);
    expect([task.error, task.text]).toEqual([null, fullText]);
    expect(task.transitions.map(({ mode }) => mode)).toEqual(['continue']);
  });

  it('with a model that begins anew and then says something else: its answer is taken, and the restart is marked', async () => {
    const otherText = `${fullText.slice(0, 40)} and now in words that were not written before.`;
    const anew: typeof answer = (messages) =>
      messages.some(({ role }) => role === 'assistant') ? otherText : fullText;
    const task = await breaksFirst('demo-fast', broken, 'demo-fast', anew);
    expect([task.error, task.text]).toEqual([null, otherText]);
    expect(task.transitions.map(({ mode }) => mode)).toEqual(['continue', 'restart']);
    expect(task.transitions[1]?.from).toBe(task.transitions[1]?.to);
    expect(task.outcome?.attempts).toBe(2);
  });

  it('with a model that goes on somewhere else: it is asked again from the start, on the same route', async () => {
    const elsewhere: typeof answer = (messages) =>
      messages.some(({ role }) => role === 'assistant')
        ? `Quite another text, which has nothing to do with what was written before. ${'More of it. '.repeat(40)}`
        : fullText;
    const task = await breaksFirst('demo-fast', broken, 'demo-fast', elsewhere);
    expect([task.error, task.text]).toEqual([null, fullText]);
    expect(task.transitions.map(({ mode }) => mode)).toEqual(['continue', 'restart']);
    expect(task.outcome?.attempts).toBe(3);
  });
});

describe('tool calls', () => {
  it.each(profiles)('of %s that were passed on are never made again', async (profile) => {
    const task = await breaksFirst(profile, { kind: 'tool-call', afterChunks: 3, how: 'truncate' });
    expect(task.error?.code).toBe('route.incomplete');
    expect([task.outcome?.attempts, task.transitions]).toEqual([1, []]);
  });
});

describe('an answer that stays incomplete', () => {
  it('is marked, and taken up again where it broke off', async () => {
    let calls = 0;
    const plan: ServerPlan = {
      id: 'demo-a',
      profile: 'demo-fast',
      answer,
      faults: () => (calls++ === 0 ? { kind: 'die', afterChunks: 30 } : { kind: 'none' }),
    };
    stage = await startStage([plan]);
    const first = await stage.route();
    expect(first.error).toMatchObject({ code: 'route.incomplete' });
    const kept = words.slice(0, 30).join('');
    expect(first.text).toBe(kept);
    const resume = { text: first.text, route: first.outcome?.route ?? '' };
    const second = await stage.route('say hello', { retryOf: first.view.taskId, resume });
    expect([second.error, second.text]).toEqual([null, fullText]);
    expect(second.transitions).toMatchObject([{ mode: 'continue', textOffset: kept.length }]);
  });
});
