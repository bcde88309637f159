import { RouterError, type NodeView, type TaskView } from '@task-router/protocol';
import { describe, expect, it } from 'vitest';
import { diagnosticsText, type DiagnosticsFacts } from './diagnostics-text.ts';

const node: NodeView = {
  nodeId: 'lab',
  provider: 'openai-compatible',
  label: 'Lab',
  origin: 'config',
  baseUrl: 'https://canary-host.example/v1',
  isLocal: false,
  isDemo: false,
  access: 'keyRejected',
  accessHint: null,
  keySource: 'secretStorage',
  slots: null,
  routes: [],
};
const task: TaskView = {
  taskId: 't',
  title: 'canary-title',
  kind: 'fix',
  startedAtMs: 0,
  retryOf: null,
  decision: null,
  transitions: [],
  text: 'canary-answer',
  textTruncated: false,
  outcome: null,
  error: { code: 'route.none', message: 'canary-message', next: '' },
};

const facts: DiagnosticsFacts = {
  extensionVersion: '0.1.0',
  editor: 'Code 1.105',
  platform: 'linux-x64',
  isRemote: false,
  isTrusted: true,
  connection: {
    type: 'disconnected',
    error: new RouterError('daemon.unreachable', 'Refused for canary-key-123 and sk-canary4567890.'),
  },
  nodes: [node],
  tasks: [task],
  health: null,
  demoRuns: false,
  secrets: ['canary-key-123'],
};

describe('diagnosticsText', () => {
  it('tells nothing that was typed, answered, or secret', () => {
    expect(diagnosticsText(facts)).not.toMatch(/canary/);
  });

  it('tells what a bug report needs', () => {
    const report = JSON.parse(diagnosticsText(facts)) as Record<string, unknown>;
    expect(report).toMatchObject({
      extension: '0.1.0',
      connection: 'disconnected',
      connectionError: 'daemon.unreachable: Refused for [redacted] and [redacted].',
      nodes: [{ access: 'keyRejected', provider: 'openai-compatible' }],
      tasks: [{ kind: 'fix', status: 'failed', error: 'route.none' }],
    });
  });
});
