/** Answers are functions of the fitted rows and the one question; and each missing thing has an answer too. */
import { describe, expect, it } from 'vitest';
import { createRandom } from './engine.ts';
import { defaultArenaOptions } from './fit-arena.ts';
import { createRouter } from './router.ts';
import type { Cell, OutcomeRow, Question } from './rows.ts';

const options = { ...defaultArenaOptions, bits: 12 };
const random = createRandom(5);
const pick = (words: string) => words.split(' ')[Math.floor(random.next() * words.split(' ').length)] ?? '';
const sentence = (words: string) => Array.from({ length: 30 }, () => pick(words)).join(' ');

const hard = 'lattice quantum eigenvalue manifold spinor tensor cohomology proof lemma';
const easy = 'list string sum average loop print count words vowels reverse';
const cell = (correct: number, costUsd: number): Cell => ({
  correct,
  costUsd,
  tokensIn: 200,
  tokensOut: 400,
  tokensTotal: null,
  isMeasured: true,
});

/** Strong does 90 % of everything; weak 90 % of the easy and 20 % of the hard. */
const rows: OutcomeRow[] = Array.from({ length: 240 }, (_, at) => {
  const isHard = at % 2 === 0;
  const y = (chance: number) => (random.next() < chance ? 1 : 0);
  return {
    id: `row-${at}`,
    prompt: sentence(isHard ? hard : easy),
    category: at % 3 === 0 ? 'alpha' : 'beta',
    split: null,
    isContaminated: false,
    results: new Map([
      ['strong', cell(y(0.9), 0.02)],
      ['weak', cell(y(isHard ? 0.2 : 0.9), 0.001)],
    ]),
  };
});
const router = createRouter(rows, { options });

function ask(question: Partial<Question>) {
  return router.decide({
    id: 'q',
    prompt: null,
    category: null,
    models: ['strong', 'weak'],
    prices: new Map(),
    ...question,
  });
}
const gain = (question: Partial<Question>) => {
  const { scores } = ask(question);
  return (scores['strong'] ?? 0) - (scores['weak'] ?? 0);
};

describe('the router', () => {
  it('learns from words where the strong model is worth it', () => {
    expect(gain({ prompt: sentence(hard) })).toBeGreaterThan(gain({ prompt: sentence(easy) }) + 0.2);
    expect(gain({ prompt: sentence(hard), category: 'alpha' })).toBeGreaterThan(
      gain({ prompt: sentence(easy), category: 'alpha' }) + 0.2,
    );
  });

  it('answers every question with a chance strictly between 0 and 1 for each candidate', () => {
    const questions: Partial<Question>[] = [
      {},
      { category: 'never seen' },
      { prompt: sentence(hard), category: 'never seen' },
      { prompt: '你好，世界。今天天气很好。' },
      { models: ['weak', 'a model nobody knows'] },
      { models: ['unknown-1', 'unknown-2'] },
      { models: ['unknown-1'], prices: new Map([['unknown-1', { inputPerMTok: 0, outputPerMTok: 0 }]]) },
    ];
    for (const question of questions) {
      const { model, scores } = ask(question);
      const models = question.models ?? ['strong', 'weak'];
      expect(Object.keys(scores)).toEqual(models);
      expect(models).toContain(model);
      for (const chance of Object.values(scores)) expect(chance > 0 && chance < 1).toBe(true);
    }
  });

  it('gives different prompts different numbers: ties would spoil every curve', () => {
    const gains = Array.from({ length: 60 }, () => gain({ prompt: sentence(`${hard} ${easy}`) }));
    // A few may lie so far from all others that the guard gives them the pool's number.
    expect(new Set(gains).size).toBeGreaterThan(55);
  });

  it('does not depend on what else is asked, nor on the order of candidates', () => {
    const prompts = Array.from({ length: 20 }, () => sentence(`${hard} ${easy}`));
    const forth = prompts.map((prompt) => ask({ prompt }));
    const back = [...prompts].reverse().map((prompt) => ask({ prompt }));
    expect(back.reverse()).toEqual(forth);
    for (const prompt of prompts) {
      const turned = ask({ prompt, models: ['weak', 'strong'] });
      const straight = ask({ prompt });
      expect(turned.model).toBe(straight.model);
      expect(turned.scores).toEqual(straight.scores);
    }
  });

  it('does not depend on the order of the rows it was fitted on, nor on their ids beyond the order', () => {
    const other = createRouter([...rows].reverse(), { options });
    for (const prompt of [sentence(hard), sentence(easy)]) {
      const question = { id: 'q', prompt, category: 'beta', models: ['strong', 'weak'], prices: new Map() };
      expect(other.decide(question)).toEqual(router.decide(question));
    }
  });

  it('weighs money: a dearer dollar and a dearer price move the choice to the cheap model', () => {
    const question: Question = {
      id: 'q',
      prompt: null,
      category: 'alpha',
      models: ['strong', 'weak'],
      prices: new Map(),
    };
    expect(router.decide(question, 0).model).toBe('strong');
    expect(router.decide(question, 1_000).model).toBe('weak');
    const dear = new Map([
      ['strong', { inputPerMTok: 2_000, outputPerMTok: 2_000 }],
      ['weak', { inputPerMTok: 1, outputPerMTok: 1 }],
    ]);
    expect(router.decide({ ...question, prices: dear }, 2).model).toBe('weak');
  });

  it('takes the cheapest of the strongest price class on ground nobody measured', () => {
    const prices = new Map([
      ['strong', { inputPerMTok: 5, outputPerMTok: 25 }],
      ['weak', { inputPerMTok: 0.3, outputPerMTok: 1.2 }],
      ['middle', { inputPerMTok: 2.5, outputPerMTok: 15 }],
    ]);
    const models = ['weak', 'strong', 'middle'];
    expect(ask({ category: 'never seen', models, prices }).model).toBe('middle');
  });

  it('keeps arenas apart: rows of other models change nothing', () => {
    const foreign = rows.map((row, at) => ({
      ...row,
      id: `other-${at}`,
      results: new Map([
        ['x', cell(at % 2, 0.1)],
        ['y', cell(1 - (at % 2), 0.1)],
      ]),
    }));
    const both = createRouter([...rows, ...foreign], { options });
    const question = {
      id: 'q',
      prompt: sentence(hard),
      category: null,
      models: ['strong', 'weak'],
      prices: new Map(),
    };
    expect(both.decide(question)).toEqual(router.decide(question));
  });

  it('answers without any rows at all', () => {
    const blank = createRouter([], { options });
    const { model, scores } = blank.decide({
      id: 'q',
      prompt: 'anything',
      category: 'x',
      models: ['b', 'a'],
      prices: new Map(),
    });
    expect(['a', 'b']).toContain(model);
    expect(scores).toEqual({ b: 0.5, a: 0.5 });
  });
});
