/** Every state in which the panel is looked at and tested: what the extension has sent when the reader looks. */
import type { PanelUpdate, RouterEvent, Snapshot, TaskView } from '@task-router/protocol';
import type { Tab } from '../src/state/ui-state.ts';
import { hostileTask } from './hostile.ts';
import { answer } from './answer-sample.ts';
import { demoNodes, nodes } from './node-samples.ts';
import { decision, dropped, lab, outcome, qwen, rejected, sonnet, task } from './samples.ts';
import { crowdedNodes, longName, longRoute, many, siblings } from './extreme-samples.ts';
import { demoFirst, demoSecond, earlier, failing } from './task-samples.ts';
import { limitedNodes, question, queue, shortage, spend } from './resource-samples.ts';
import { daemon } from './daemon-samples.ts';

export interface PanelScene {
  /** Section that is open. */
  readonly tab: Tab;
  /** What the extension answers to the first `ready`. */
  readonly updates: readonly PanelUpdate[];
}

function snapshot(tasks: readonly TaskView[], more: Partial<Snapshot> = {}): PanelUpdate {
  return {
    type: 'snapshot',
    snapshot: {
      epoch: 'epoch-1',
      seq: 0,
      tasks: [...tasks],
      nodes: [...nodes],
      configProblems: [],
      wantedKeys: [],
      ...more,
    },
    selectedTaskId: tasks.at(-1)?.taskId ?? null,
    graded: { t1: 'good' },
  };
}

function events(...list: readonly RouterEvent[]): PanelUpdate[] {
  return list.map((event, index) => ({ type: 'event', event: { seq: index + 1, event } }));
}

const connected: PanelUpdate = { type: 'connection', state: 'connected', message: null };
const scene = (updates: readonly PanelUpdate[], tab: Tab = 'task'): PanelScene => ({ tab, updates });

export const scenes = {
  loading: scene([]),
  starting: scene([{ type: 'connection', state: 'starting', message: null }]),
  empty: scene([snapshot([], { nodes: [] }), connected]),
  noModels: scene([snapshot([], { nodes: nodes.filter((node) => node.access !== 'ready') }), connected]),
  noTasks: scene([snapshot([]), connected]),
  choosing: scene([snapshot([...earlier, task('t3', { decision: null })]), connected]),
  waiting: scene([snapshot([...earlier, task('t3')]), connected]),
  queued: scene([snapshot([...earlier, task('t3', { queue })]), connected]),
  budgetQuestion: scene([snapshot([...earlier, task('t3', { question })]), connected]),
  shortage: scene([
    snapshot([
      ...earlier,
      task('t3', {
        allocations: [shortage],
        text: answer,
        outcome: outcome({
          finishReason: 'length',
          shortened: { maxOutputTokens: 2_048, reason: 'output tokens of this minute were short.' },
        }),
      }),
    ]),
    connected,
  ]),
  streaming: scene([
    snapshot([...earlier, task('t3', { text: answer.slice(0, 700) })]),
    connected,
    ...events({ type: 'delta', taskId: 't3', text: answer.slice(700, 1_000) }),
  ]),
  failoverRestart: scene([
    snapshot([...earlier, task('t3', { text: 'This will be dropped.' })]),
    connected,
    ...events(
      {
        type: 'transition',
        taskId: 't3',
        transition: {
          from: sonnet.route,
          to: qwen.route,
          cause: 'network',
          message: 'connect ECONNREFUSED 203.0.113.7:443',
          mode: 'restart',
          atMs: Date.now(),
        },
      },
      { type: 'delta', taskId: 't3', text: answer.slice(0, 300) },
    ),
  ]),
  failovers: scene([snapshot([...earlier, failing]), connected]),
  noRoute: scene([
    snapshot([
      task('t3', {
        decision: decision('t3', {
          route: null,
          runnerUp: null,
          flipPoints: [],
          candidates: [...dropped],
          summary: 'No route is left: one lacks a key, one costs too much, one reads too little context.',
        }),
        error: {
          code: 'route.none',
          message: 'No eligible route for this task.',
          next: 'Add a provider key, point at a local server, or start the demo fleet; the decision card says what each route lacks.',
        },
      }),
    ]),
    connected,
  ]),
  error: scene([
    snapshot([
      ...earlier,
      {
        ...failing,
        text: '',
        outcome: null,
        error: {
          code: 'route.allFailed',
          message: 'All three routes failed; the last one with: rate limit until 14:32.',
          next: 'Look at the transitions for the causes; retry when a route is back.',
        },
      },
    ]),
    connected,
  ]),
  incomplete: scene([
    snapshot([
      ...earlier,
      {
        ...failing,
        text: answer.slice(0, 400),
        outcome: null,
        error: {
          code: 'route.incomplete',
          message: 'The answer broke off, and no other route could go on.',
          next: 'Resume the answer when a route is back, or start over with Retry.',
        },
      },
    ]),
    connected,
  ]),
  finished: scene([snapshot([...earlier, task('t3', { text: answer, outcome: outcome() })]), connected]),
  truncated: scene([
    snapshot([
      task('t1', {
        text: answer,
        textTruncated: true,
        decision: decision('t1', {
          cached: true,
          propensity: 0.04,
          route: qwen.route,
          runnerUp: sonnet.route,
        }),
        outcome: outcome({
          route: qwen.route,
          finishReason: 'length',
          costUsd: 0,
          tokens: { input: null, output: null, cachedInput: null, reasoning: null },
        }),
      }),
    ]),
    connected,
  ]),
  unknownCost: scene([
    snapshot([
      task('t1', {
        text: 'A short answer.',
        retryOf: 't0',
        decision: decision('t1', {
          route: lab.route,
          candidates: [lab, qwen],
          flipPoints: [],
          context: [],
          skippedContext: [],
          settings: [],
        }),
        outcome: outcome({ route: lab.route, costUsd: null }),
      }),
    ]),
    connected,
  ]),
  explained: scene([
    snapshot([...earlier, task('t3', { text: answer, outcome: outcome() })]),
    connected,
    { type: 'explain', taskId: 't3' },
  ]),
  manyTasks: scene([
    snapshot(
      Array.from({ length: 120 }, (_, at) =>
        task(`t${at}`, { title: `Task ${at + 1}`, text: 'Done.', outcome: outcome() }),
      ),
    ),
    connected,
  ]),
  manyCandidates: scene([
    snapshot([
      task('t1', { decision: decision('t1', { candidates: many }), text: answer, outcome: outcome() }),
    ]),
    connected,
  ]),
  siblings: scene([
    snapshot(
      siblings.map(({ route }, index) =>
        task(`t${index + 1}`, {
          decision: decision(`t${index + 1}`, { route, candidates: siblings }),
          text: answer.slice(0, 300),
          outcome: outcome({ route }),
        }),
      ),
    ),
    connected,
  ]),
  longNames: scene([
    snapshot([
      ...earlier,
      task('t5', {
        title:
          'Explain why AbstractSingletonProxyFactoryBeanConfigurationProcessorRegistrarWithoutAnySpacesInItsName is loaded twice, once from the application context and once from …',
        decision: decision('t5', {
          route: longRoute.route,
          candidates: [
            longRoute,
            sonnet,
            rejected(`x/${longName}`, 'google', {
              code: 'policy.localOnly',
              reason: `Local only. ${longName}`,
              setting: `Folder "${longName}": taskRouter.policy.localOnly = true`,
            }),
          ],
          context: [
            {
              file: `packages/${longName}/src/main/java/${longName}.java`,
              range: { startLine: 1, endLine: 99_999 },
              bytes: 1_999_999,
            },
          ],
        }),
        text: `A paragraph with ${longName} inside.\n\n\`\`\`\n${longName.repeat(4)}\n\`\`\`\n`,
        outcome: outcome({ route: longRoute.route, costUsd: 123.456 }),
      }),
    ]),
    connected,
  ]),
  hostile: scene([snapshot([hostileTask]), connected]),
  disconnected: scene([
    snapshot([...earlier, task('t3', { text: answer.slice(0, 400) })]),
    { type: 'connection', state: 'disconnected', message: 'Trying again in 4 s.' },
  ]),
  daemonStopped: scene([
    snapshot([...earlier]),
    { type: 'connection', state: 'idle', message: 'It was stopped, and starts with the next task.' },
  ]),
  daemonFailed: scene([
    { type: 'connection', state: 'failed', message: 'Node 20 is too old: run with Node 22.14 or newer.' },
  ]),
  demo: scene([
    snapshot(
      [
        task('t1', {
          decision: decision('t1', {
            route: demoFirst.route,
            runnerUp: demoSecond.route,
            candidates: [demoFirst, demoSecond],
            settings: [],
            summary:
              'careful-1 scores 0.70 against 0.70 for quick-1: it explains better, which outweighs its slowness.',
          }),
          text: 'This answer comes from the demo fleet: it is built from the files you sent, not by a model.\n',
          outcome: outcome({ route: demoFirst.route, costUsd: 0 }),
        }),
      ],
      { nodes: [...demoNodes] },
    ),
    connected,
  ]),
  health: scene([snapshot([...earlier]), connected], 'health'),
  healthSpend: scene([snapshot([...earlier], { nodes: [...limitedNodes], spend }), connected], 'health'),
  healthDemo: scene([snapshot([], { nodes: [...demoNodes] }), connected], 'health'),
  healthEmpty: scene([snapshot([], { nodes: [] }), connected], 'health'),
  healthProblems: scene(
    [
      snapshot([], {
        configProblems: [
          {
            code: 'config.unknownKey',
            message: 'Unknown key "polcy"; did you mean "policy"?',
            next: 'Correct the key; the last good configuration stays in force.',
            line: 14,
          },
          {
            code: 'config.invalidValue',
            message: 'nodes[0].baseUrl: the address has no protocol.',
            next: 'Correct the value; the last good configuration stays in force.',
            line: 3,
          },
        ],
      }),
      connected,
    ],
    'health',
  ),
  healthCrowded: scene([snapshot([...earlier], { nodes: [...crowdedNodes] }), connected], 'health'),
  healthDaemon: scene([snapshot([...earlier], { daemon }), connected], 'health'),
  failoverTable: scene([snapshot([...earlier, failing], { daemon }), connected], 'failover'),
  failoverEmpty: scene([snapshot([...earlier]), connected], 'failover'),
} satisfies Record<string, PanelScene>;

export type SceneName = keyof typeof scenes;
