import { describe, expect, it } from 'vitest';
import { nodes } from '../../dev/node-samples.ts';
import { decision, dropped, gpt, outcome, qwen, sonnet, task } from '../../dev/samples.ts';
import { question, queue } from '../../dev/resource-samples.ts';
import { initialState } from './panel-state.ts';
import {
  alternatives,
  currentRoute,
  failovers,
  hasReadyModel,
  isRunning,
  nodeTotals,
  phaseOf,
  ranked,
  routeLabel,
  shownTask,
} from './selectors.ts';

const transition = {
  from: sonnet.route,
  to: qwen.route,
  cause: 'network',
  message: '',
  mode: 'restart',
  atMs: 10,
} as const;
const error = { code: 'route.none', message: '', next: '' };

describe('phaseOf', () => {
  it.each([
    [{ decision: null }, 'choosing'],
    [{}, 'waiting'],
    [{ queue }, 'queued'],
    [{ queue, question }, 'asking'],
    [{ decision: null, queue }, 'queued'],
    [{ text: 'a' }, 'streaming'],
    [{ text: 'a', outcome: outcome() }, 'succeeded'],
    [{ outcome: outcome({ status: 'interrupted' }) }, 'interrupted'],
    [{ decision: null, error }, 'failed'],
  ] as const)('%j is %s', (more, phase) => {
    const shown = task('t', more);
    expect(phaseOf(shown)).toBe(phase);
    expect(isRunning(shown)).toBe(['choosing', 'queued', 'asking', 'waiting', 'streaming'].includes(phase));
  });
});

describe('routes of a task', () => {
  it('follows the task from the decision over failovers to the outcome', () => {
    expect(currentRoute(task('t', { decision: null }))).toBeNull();
    expect(currentRoute(task('t'))).toBe(sonnet.route);
    expect(currentRoute(task('t', { transitions: [transition] }))).toBe(qwen.route);
    expect(
      currentRoute(task('t', { transitions: [transition], outcome: outcome({ route: gpt.route }) })),
    ).toBe(gpt.route);
  });

  it('offers the eligible routes that did not answer', () => {
    const ended = task('t', { outcome: outcome({ route: qwen.route }) });
    const routes = alternatives(ended).map(({ route }) => route);
    expect(routes).toContain(sonnet.route);
    expect(routes).not.toContain(qwen.route);
    expect(routes).not.toContain(dropped[0]?.route);
  });

  it('names a route as its model, and an unknown one by its id', () => {
    expect(routeLabel(task('t'), sonnet.route)).toBe('Claude Sonnet 4.5');
    expect(routeLabel(task('t'), 'gone/model')).toBe('gone/model');
    const demo = decision('t', { candidates: [{ ...qwen, isDemo: true }] });
    expect(routeLabel(task('t', { decision: demo }), qwen.route)).toBe('qwen3-coder:30b (demo)');
  });

  it('sorts rejected candidates after the eligible ones, keeping their order', () => {
    const { candidates } = decision('t', { candidates: [dropped[0]!, sonnet, dropped[1]!, qwen] });
    const { eligible, rejected } = ranked(candidates);
    expect([...eligible, ...rejected]).toEqual([sonnet, qwen, dropped[0], dropped[1]]);
  });
});

describe('tasks', () => {
  const tasks = [
    task('a', { transitions: [transition] }),
    task('b', { transitions: [{ ...transition, atMs: 20 }] }),
  ];
  const snapshot = { epoch: 'e', seq: 0, tasks, nodes: [], configProblems: [], wantedKeys: [] };

  it('shows the selected one, else the newest', () => {
    expect(shownTask({ ...initialState('a'), snapshot })?.taskId).toBe('a');
    expect(shownTask({ ...initialState('gone'), snapshot })?.taskId).toBe('b');
    expect(shownTask(initialState('a'))).toBeNull();
  });

  it('lists failovers newest first', () => {
    expect(failovers(snapshot).map(({ task: { taskId } }) => taskId)).toEqual(['b', 'a']);
  });
});

describe('nodes', () => {
  it('adds up what is spent and says when that is a lower bound', () => {
    expect(nodeTotals(nodes[0]!)).toMatchObject({ inFlight: 1, isFree: false, isLowerBound: false });
    expect(nodeTotals(nodes[0]!).spentUsd).toBeCloseTo(0.8231);
    expect(nodeTotals(nodes[1]!)).toMatchObject({ isFree: true, isLowerBound: false });
    expect(nodeTotals(nodes[2]!)).toMatchObject({ isFree: false, isLowerBound: true });
  });

  it('is ready only with a model that may be used', () => {
    expect(hasReadyModel(nodes)).toBe(true);
    expect(hasReadyModel(nodes.filter(({ access }) => access !== 'ready'))).toBe(false);
    expect(hasReadyModel([{ ...nodes[0]!, routes: [] }])).toBe(false);
  });
});
