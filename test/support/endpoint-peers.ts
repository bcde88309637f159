/**
 * The failover table that gateways were measured by, through the endpoint: a tool asks over HTTP in one of the two formats,
 * its first route fails as a row says, and another one is well. Both speak the tool's format, so answers pass through.
 */
import { expect } from 'vitest';
import type { DemoServer, FaultInput } from '../../daemon/src/demo/index.ts';
import { writeDemoAnnouncement } from '../../daemon/src/dispatch/nodes/demo-announcement.ts';
import { EndpointHome } from './endpoint-home.ts';

export type Tool = 'openai' | 'anthropic';

export const tools: readonly Tool[] = ['openai', 'anthropic'];

export interface Row {
  readonly name: string;
  readonly fault: FaultInput;
  /** The rows in which time has to pass before anything is known. */
  readonly isSlow?: boolean;
  /** Pieces of the first answer that the tool has seen when it breaks. */
  readonly seen?: number;
}

export const rows: readonly Row[] = [
  { name: 'connection refused', fault: { kind: 'stop' } },
  { name: '500', fault: { kind: 'status', status: 500 } },
  { name: '429 with Retry-After', fault: { kind: 'status', status: 429, retryAfter: { seconds: 30 } } },
  { name: 'no headers', fault: { kind: 'hang' }, isSlow: true },
  { name: '200, then silence', fault: { kind: 'silence' }, isSlow: true },
  { name: 'an error event before the first token', fault: { kind: 'error-event', opened: true } },
  { name: 'death after 5 tokens', fault: { kind: 'die', afterChunks: 5 }, seen: 5 },
  { name: 'a clean end after 5 tokens', fault: { kind: 'truncate', afterChunks: 5 }, seen: 5 },
  { name: 'a stall after 5 tokens', fault: { kind: 'stall', afterChunks: 5 }, isSlow: true, seen: 5 },
];

export class PeerStage {
  readonly home = new EndpointHome();
  readonly #tool: Tool;
  #peers: readonly DemoServer[] = [];
  #key = '';
  #answer = '';
  #firstRoute: string | null = null;
  /** Calls of the second one before the test began. */
  #acquainted = 0;

  private constructor(tool: Tool) {
    this.#tool = tool;
  }

  /**
   * Two servers of the tool's format. The one that then answers is asked first from then on.
   *
   * @param known `answers`: how many good answers of its own each is known from; `secondSpeed`: what the other one's times
   *   are divided by, 0 for no time at all
   */
  static async open(tool: Tool, { answers = 0, secondSpeed = 0 } = {}): Promise<PeerStage> {
    const stage = new PeerStage(tool);
    const { home } = stage;
    const profile = tool === 'openai' ? 'demo-fast' : 'demo-strong';
    const servers = await Promise.all(
      [0, secondSpeed].map((speed) => home.server(profile, { speed, faults: [] })),
    );
    // As a demo fleet: a server of config.jsonc on this machine may take a minute to load its model, which nobody waits for here.
    const announced = servers.map(({ provider, baseUrl, models }, at) => ({
      ...{ id: `demo-${at}`, provider, baseUrl, models: models.map(({ id }) => id) },
    }));
    await home.open({ policy: { explore: false } });
    writeDemoAnnouncement(home.paths.demoFile, { servers: announced });
    stage.#key = (await home.key()).key;
    stage.#peers = servers;
    for (const { id, models } of announced)
      for (let nth = 0; nth < answers; nth += 1)
        await stage.ask(true, undefined, { model: `${id}/${models[0]}`, prompt: `Are you well? (${nth})` });
    const { route, text } = await stage.ask();
    stage.#answer = text;
    stage.#firstRoute = route;
    if (route?.startsWith('demo-1/') === true) stage.#peers = servers.reverse();
    stage.#acquainted = stage.calls('second');
    return stage;
  }

  /** What both of them say when they are well. */
  get answer(): string {
    return this.#answer;
  }

  get firstRoute(): string | null {
    return this.#firstRoute;
  }

  server(id: 'first' | 'second'): DemoServer {
    const server = this.#peers[id === 'first' ? 0 : 1];
    if (server === undefined) throw new Error('there are no servers yet');
    return server;
  }

  /** From now on, for every answer. */
  breakFirst(fault: FaultInput): void {
    this.server('first').setFaults({ repeat: [fault] });
  }

  async ask(
    streams = true,
    signal?: AbortSignal,
    { model, prompt } = { model: 'auto', prompt: 'Say what there is to say.' },
  ): Promise<Heard> {
    const startedAtMs = performance.now();
    const path = this.#tool === 'openai' ? '/v1/chat/completions' : '/v1/messages';
    const messages = [{ role: 'user', content: prompt }];
    const body = { model, max_tokens: 1_000, stream: streams, messages };
    const response = await this.home.ask(path, this.#key, body, signal);
    const text = await response.text();
    return {
      status: response.status,
      route: response.headers.get('x-task-router-route'),
      attempts: Number(response.headers.get('x-task-router-attempts')),
      raw: text,
      text: streams ? streamedText(this.#tool, text) : wholeText(this.#tool, text),
      tookMs: performance.now() - startedAtMs,
    };
  }

  /** Calls for an answer, streamed or not; of the second one those since the test began. */
  calls(id: 'first' | 'second'): number {
    const calls = this.server(id)
      .log()
      .filter(({ method }) => method === 'POST').length;
    return id === 'second' ? calls - this.#acquainted : calls;
  }
}

export interface Heard {
  readonly status: number;
  readonly route: string | null;
  readonly attempts: number;
  /** The body as it came. */
  readonly raw: string;
  /** What it says. */
  readonly text: string;
  readonly tookMs: number;
}

/** The whole stream is one well-formed answer that ends once, with its end. */
export function expectWholeStream(tool: Tool, { raw }: Heard): void {
  const events = eventsIn(raw);
  if (tool === 'openai') {
    expect(raw.match(/data: \[DONE\]/g)).toHaveLength(1);
    expect(raw.trimEnd().endsWith('data: [DONE]')).toBe(true);
    const finishes = events.filter((event) => JSON.stringify(event).includes('"finish_reason":"'));
    expect(finishes).toHaveLength(1);
  } else {
    const types = events.map((event) => event['type']);
    for (const once of ['message_start', 'message_delta', 'message_stop'])
      expect([once, types.filter((type) => type === once).length]).toEqual([once, 1]);
    expect([types[0], types.at(-1)]).toEqual(['message_start', 'message_stop']);
  }
  expect(events.some((event) => 'error' in event)).toBe(false);
}

function eventsIn(raw: string): Record<string, unknown>[] {
  return raw
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice('data: '.length)) as Record<string, unknown>);
}

interface OpenaiChoice {
  readonly delta?: { readonly content?: string };
  readonly message?: { readonly content?: string };
}

function streamedText(tool: Tool, raw: string): string {
  return eventsIn(raw)
    .map((event) => {
      if (tool === 'anthropic') return (event['delta'] as { text?: string } | undefined)?.text ?? '';
      return (event['choices'] as OpenaiChoice[] | undefined)?.[0]?.delta?.content ?? '';
    })
    .join('');
}

function wholeText(tool: Tool, raw: string): string {
  const body = JSON.parse(raw) as { choices?: OpenaiChoice[]; content?: { text?: string }[] };
  return tool === 'openai'
    ? (body.choices?.[0]?.message?.content ?? '')
    : (body.content ?? []).map(({ text }) => text ?? '').join('');
}
