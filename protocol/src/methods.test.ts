import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { helloSchema, protocolVersions, welcomeSchema } from './handshake.ts';
import { limits } from './limits.ts';
import {
  daemonNotifications,
  daemonRequests,
  editorRequests,
  routeRequest,
  setKeyRequest,
} from './methods/index.ts';
import { emptySnapshot } from './reduce.ts';
import { taskSchema } from './data/task.ts';

const requests = [...Object.values(daemonRequests), ...Object.values(editorRequests)];
const all = [...requests, ...Object.values(daemonNotifications)];

describe('methods', () => {
  it('have names of their own under router/, a direction, and a sentence about them', () => {
    const names = all.map(({ method }) => method);
    expect(new Set(names).size).toBe(names.length);
    for (const { method, summary } of all) {
      expect(method).toMatch(/^router\/[a-z][A-Za-z]+$/);
      expect(summary).toMatch(/^[A-Z].+\.$/s);
    }
    expect(Object.values(daemonRequests).every(({ direction }) => direction === 'clientToDaemon')).toBe(true);
    expect(Object.values(editorRequests).every(({ direction }) => direction === 'daemonToClient')).toBe(true);
  });

  const bodies: Readonly<Record<string, object>> = {
    'router/route': { type: 'run', task: { prompt: 'x' } },
    'router/planBatch': { tasks: [{ id: 'a', prompt: 'x', chars: 1 }] },
    'router/explain': { decisionId: 'd' },
    'router/answer': { taskId: 't', questionId: 'q', answer: 'allowOnce' },
    'router/feedback': { decisionId: 'd', grade: 'good' },
    'router/setKey': { nodeId: 'n', source: 'environment' },
    'router/setProxy': { proxy: null },
    'router/configureEndpoint': { enabled: true },
    'router/createEndpointKey': { name: 'x' },
    'router/revokeEndpointKey': { id: 'k' },
    'router/setRouteState': { target: { type: 'node', nodeId: 'n' }, action: 'drain' },
    'router/history': { sinceMs: 0 },
    'router/historyPage': { sinceMs: 0 },
    'router/clearHistory': { confirmed: true },
    'router/replay': { policy: {}, sinceMs: 0 },
    'router/lmInventory': { knownVersion: null },
    'router/lmRequest': {
      modelKey: 'm',
      messages: [{ role: 'user', text: 'x' }],
      justification: 'x',
      deadlineMs: 1,
      partialResultToken: 't',
    },
  };

  it.each(requests.map((request) => [request.method, request.params as z.ZodType] as const))(
    '%s takes no key that it does not know',
    (method, params) => {
      const body = bodies[method] ?? {};
      expect(params.safeParse(body).success).toBe(true);
      for (const name of ['baseUrl', 'apiKey', 'headers', '__proto__', 'x']) {
        const more: unknown = JSON.parse(JSON.stringify({ ...body, PLACE: 1 }).replace('PLACE', name));
        expect(params.safeParse(more).success).toBe(false);
      }
    },
  );

  it('fill in what a caller may leave out', () => {
    expect(routeRequest.params.parse({ type: 'run', task: { prompt: 'x' } })).toEqual({
      type: 'run',
      task: {
        prompt: 'x',
        context: [],
        skippedContext: [],
        requirements: { tools: false, vision: false, structuredOutput: false, reasoning: false },
        constraints: {},
        priority: 'interactive',
      },
      policy: [],
      allowFoundAccounts: false,
      exclude: [],
      onBudget: 'fail',
      onDisconnect: 'cancel',
    });
    expect(setKeyRequest.params.parse({ nodeId: 'n', source: 'environment' })).toMatchObject({
      check: false,
    });
  });

  it('bound every text', () => {
    const task = (more: object) => taskSchema.safeParse({ prompt: 'x', ...more }).success;
    expect(task({ prompt: 'x'.repeat(limits.promptChars) })).toBe(true);
    expect(task({ prompt: 'x'.repeat(limits.promptChars + 1) })).toBe(false);
    const span = { file: 'a.ts', text: '' };
    expect(task({ context: Array.from({ length: limits.contextSpans }, () => span) })).toBe(true);
    expect(task({ context: Array.from({ length: limits.contextSpans + 1 }, () => span) })).toBe(false);
    expect(task({ context: [{ ...span, file: '' }] })).toBe(false);
    expect(task({ context: [{ ...span, range: { startLine: 2, endLine: 1 } }] })).toBe(false);
    expect(task({ context: [{ ...span, range: { startLine: 0, endLine: 1 } }] })).toBe(false);
  });
});

describe('handshake', () => {
  const hello = {
    protocolVersions: [...protocolVersions],
    clientId: 'window-1',
    client: 'editor',
    clientVersion: '1',
    trusted: true,
  };

  it('needs an identity and says nothing of roles', () => {
    expect(helloSchema.parse(hello)).toEqual({ ...hello, editorModels: false });
    for (const wrong of [
      { clientId: 'short' },
      { client: 'admin' },
      { role: 'admin' },
      { protocolVersions: [] },
    ]) {
      expect(helloSchema.safeParse({ ...hello, ...wrong }).success).toBe(false);
    }
  });

  it('is answered with a replay or a snapshot', () => {
    const welcome = { protocolVersion: '1.0', daemonVersion: '1', buildId: 'b', pid: 1 };
    expect(welcomeSchema.safeParse({ ...welcome, resume: 'replayed' }).success).toBe(true);
    expect(
      welcomeSchema.safeParse({ ...welcome, resume: 'snapshot', snapshot: emptySnapshot('e') }).success,
    ).toBe(true);
    expect(welcomeSchema.safeParse({ ...welcome, resume: 'nothing' }).success).toBe(false);
  });
});
