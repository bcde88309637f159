/** The committed weights: they load, they are small, and understanding with them holds what it promises. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createUnderstander, type Understanding } from '../engine/understanding/index.ts';
import { createModelPriors } from '../engine/quality/index.ts';
import { loadRoutingModel } from './index.ts';

const model = loadRoutingModel();
const understander = createUnderstander(model.understanding);
const understand = (prompt: string, previous: Understanding | null = null) =>
  understander.understand({ prompt, previous });

describe('the committed weights', () => {
  it('load, say where they come from, and take little memory', () => {
    const { understanding, abilities } = model;
    const bytes =
      understanding.idf.byteLength +
      understanding.heads.weights.byteLength +
      understanding.heads.scales.byteLength +
      understanding.heads.intercepts.byteLength +
      JSON.stringify(abilities).length * 2;
    expect(bytes).toBeLessThan(2_000_000);
    expect(model.version).toMatch(/^[0-9a-f]{12}$/);
    expect(model.sets).toHaveLength(5);
    expect(model.notice).toMatch(/MIT.*Apache-2\.0/s);
    expect(model.notice).toMatch(/No held-out row/);
  });

  it('hold finite numbers only', () => {
    const { idf, heads, ground } = model.understanding;
    for (const numbers of [idf, heads.scales, heads.intercepts]) {
      expect(numbers.every((value) => Number.isFinite(value))).toBe(true);
    }
    expect(ground.minSimilarity > 0 && ground.minSimilarity < 1).toBe(true);
    expect(ground.minChars < ground.maxChars).toBe(true);
  });

  it('give priors to known and unknown models', () => {
    const priors = createModelPriors(model.abilities);
    expect(priors).toBeDefined();
    expect(model.abilities.models.length).toBeGreaterThan(100);
  });
});

interface Messy {
  readonly kind: string;
  readonly group: 'looked' | 'kept';
  readonly prompt: string;
}

describe('the kind of messy requests that were never trained on', () => {
  const { prompts } = JSON.parse(
    readFileSync(new URL('../../../test/fixtures/messy-prompts.json', import.meta.url), 'utf8'),
  ) as { prompts: Messy[] };
  const examples = readFileSync(new URL('../../../data/routing/kind-examples.json', import.meta.url), 'utf8');
  const shareRight = (group: Messy['group']) => {
    const own = prompts.filter((one) => one.group === group);
    return own.filter(({ prompt, kind }) => understand(prompt).kind === kind).length / own.length;
  };

  it('are not among the examples', () => {
    expect(prompts.length).toBeGreaterThanOrEqual(120);
    const known = examples.toLowerCase();
    for (const { prompt } of prompts) {
      if (prompt.length > 12) expect(known).not.toContain(JSON.stringify(prompt.toLowerCase()));
    }
  });

  it('is understood for three of four that nobody looked at', () => {
    expect(shareRight('kept')).toBeGreaterThanOrEqual(0.75);
    expect(shareRight('looked')).toBeGreaterThanOrEqual(0.75);
  });
});

describe('understanding', () => {
  const tasks = fc.constantFrom(
    'fix the off by one error in the pagination of the users table',
    'write unit tests for the date parser in src/dates.ts',
    'Explain what the useEffect in this component does',
    'refactor this class into smaller functions',
    'implement a rate limiter in go',
    'plot the monthly revenue with matplotlib',
    'upgrade all packages in the whole repo and make sure all tests pass',
    'review this migration for mistakes',
  );
  const lead = fc.constantFrom('', 'please ', 'Hi, could you please ', 'Hello! ', 'I need you to ', 'ok, ');
  const tail = fc.constantFrom('', ' please', ' thanks!', '. Thank you very much!', '\n\n');
  const gap = fc.constantFrom(' ', '  ', '\n', '\t ');

  it('does not depend on case, white space or politeness', () => {
    fc.assert(
      fc.property(tasks, lead, tail, gap, fc.boolean(), (task, before, after, space, loud) => {
        const dressed = `${before}${task.replaceAll(' ', space)}${after}`;
        const [plain, other] = [understand(task), understand(loud ? dressed.toUpperCase() : dressed)];
        // A line break may end a sentence for the rules; everything that scores stays as it is.
        expect(other.qualityHeads).toEqual(plain.qualityHeads);
        expect(other.difficulty).toBe(plain.difficulty);
        expect(other.guard.similarity).toBe(plain.guard.similarity);
        if (!space.includes('\n')) expect(other).toEqual(plain);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['fix the off by one error in the pager', 'repair the off-by-one mistake in the pager'],
    ['write unit tests for the date parser', 'add unit tests that cover the date parser'],
    ['explain how this regex works', 'can you tell me how this regex works?'],
    ['refactor this class into smaller functions', 'split this class up into smaller functions'],
    ['write a commit message for this diff', 'give me a commit message for these changes'],
    ['review this pull request', 'have a look at this PR and tell me what you would change'],
    ['document the public methods of this class', 'add doc comments to the public methods of this class'],
    ['implement a rate limiter in go', 'write me a rate limiter in golang'],
  ])('understands %j and %j alike', (one, other) => {
    const [a, b] = [understand(one), understand(other)];
    expect([b.kind, b.taskClass, b.isAgentic]).toEqual([a.kind, a.taskClass, a.isAgentic]);
    expect(Math.abs(a.difficulty - b.difficulty)).toBeLessThan(0.15);
  });

  it('lets "yes, do it" go on with the task before, and a new request not', () => {
    const first = understander.understand({
      prompt: 'Refactor the parser in parser.rs, return only valid JSON',
      needs: { images: true },
    });
    const next = understand('yes, do it', first);
    expect(next).toEqual({ ...first, kindSource: 'inherited' });
    expect(understand('go ahead please', next).kind).toBe('refactor');
    expect(understand('now write a commit message', next).kind).toBe('commit');
    const stated = understander.understand({ prompt: 'yes', kind: 'test', previous: first });
    expect([stated.kind, stated.kindSource]).toEqual(['test', 'stated']);
    expect(understand('yes, do it').kindSource).not.toBe('inherited');
  });

  it('believes what is said over what it reads', () => {
    const said = understander.understand({
      prompt: 'what does this do?',
      kind: 'document',
      language: 'ruby',
      agentic: true,
      needs: { tools: true },
    });
    expect(said).toMatchObject({
      kind: 'document',
      confidence: 1,
      language: 'ruby',
      isAgentic: true,
      taskClass: 'agentic',
    });
    expect(said.needs.tools).toBe(true);
  });

  it.each([
    ['agentic', 'Upgrade every package across the whole repository and make sure all tests pass', 'agentic'],
    [
      'far from code',
      '秋の歌：葉が落ち、風が歌い、空は野と川の上で暗くなる。月はまだ高く、夜は長い。',
      'farFromKnown',
    ],
    ['very short', 'hm', 'unusualLength'],
    ['very long', 'the quick brown fox '.repeat(2_000), 'unusualLength'],
  ])('has its guard fire on what is %s, and then the words are silent', (_, prompt, reason) => {
    const { guard, qualityHeads, difficulty } = understand(prompt);
    expect(guard.fired).toBe(true);
    expect(guard.reasons).toContain(reason);
    expect(qualityHeads).toBeNull();
    expect([0.5, 0.65]).toContain(difficulty);
  });

  it('does not have it fire on usual work', () => {
    const { guard, qualityHeads } = understand(
      'Write a python function that returns the n largest numbers of a list. Complete the following code:\n\ndef largest(values, n):\n',
    );
    expect(guard).toMatchObject({ fired: false, reasons: [] });
    expect(qualityHeads).toHaveLength(1);
  });

  it('has an answer for anything', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 600, unit: 'binary' }), (prompt) => {
        const { difficulty, confidence, guard } = understand(prompt);
        expect(difficulty >= 0 && difficulty <= 1).toBe(true);
        expect(confidence > 0 && confidence <= 1).toBe(true);
        expect(Number.isFinite(guard.similarity)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
