/** Answers as scripted models give them, part by part, to clients of the endpoint's real server and formats. */
import type { AnswerSink, OutsideEnd } from '../../daemon/src/dispatch/outside/outside-call.ts';
import { formats } from '../../daemon/src/endpoint/formats/index.ts';
import type { AnswerPart } from '../../daemon/src/providers/model-call.ts';
import type { EndpointStage } from './endpoint-stage.ts';
import { answered, head, openStage } from './endpoint-stage.ts';

type Answered = Partial<Extract<OutsideEnd, { type: 'answered' }>>;

export const question = { role: 'user', content: 'Where is it?' } as const;
const usage = { inputTokens: 100, outputTokens: 20, cachedInputTokens: 60, reasoningTokens: 5 };
export const thinking: AnswerPart[] = [
  { type: 'thinking', text: 'Let me ' },
  { type: 'thinking', text: 'see.' },
  { type: 'thinking', text: '', metadata: { anthropic: { signature: 'c2ln' } } },
];
export const text: AnswerPart[] = [
  { type: 'text', text: 'In the ' },
  { type: 'text', text: '“file”.\n\n😀' },
];
export const calls: AnswerPart[] = [
  { type: 'toolStart', id: 'call_1', name: 'read' },
  { type: 'toolDelta', id: 'call_1', json: '{"path":' },
  { type: 'toolDelta', id: 'call_1', json: '"a b"}' },
  { type: 'toolEnd', id: 'call_1' },
  { type: 'toolStart', id: 'functions.list:1', name: 'list' },
  { type: 'toolEnd', id: 'functions.list:1' },
];
export const inputSchema = { type: 'object' as const, properties: { path: { type: 'string' as const } } };

export async function answering(parts: readonly AnswerPart[], end: Answered = {}): Promise<EndpointStage> {
  const stage = await openStage({ formats });
  stage.script = async (_call, sink) => {
    sink.begin(head);
    for (const part of parts) if (!sink.part(part)) await sink.drained();
    return answered({ usage, ...end });
  };
  return stage;
}

export function failing(stage: EndpointStage, parts: readonly AnswerPart[], end: object = {}): EndpointStage {
  stage.script = (_call, sink) => {
    if (parts.length > 0) sink.begin(head);
    for (const part of parts) sink.part(part);
    return Promise.resolve({
      ...{
        type: 'failed',
        kind: 'server',
        message: 'All routes failed.',
        code: 'route.allFailed',
        upstream: null,
      },
      ...{ retryAfterMs: null, head: parts.length > 0 ? head : null, begun: parts.length > 0, ...end },
    } as OutsideEnd);
  };
  return stage;
}

/** Waits, as a model that thinks for long, until the client has gone. */
export function waitingForAbort(stage: EndpointStage): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  stage.script = async (_call, sink: AnswerSink, signal) => {
    sink.begin(head);
    sink.part({ type: 'text', text: 'Wait' });
    await new Promise((done) => signal.addEventListener('abort', done, { once: true }));
    resolve('aborted');
    return { type: 'cancelled' };
  };
  return promise;
}

export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}
