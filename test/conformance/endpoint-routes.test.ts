/**
 * The client libraries through the whole daemon to a provider of each format: four tools by two providers. Half of the
 * pairs speak one format, and the bytes pass through; the other half are translated. A tool must not see which.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WireFormat } from '../../daemon/src/providers/model-call.ts';
import type { Tool } from '../support/endpoint-tools.ts';
import { toolsAt } from '../support/endpoint-tools.ts';
import type { ScriptedKind } from '../support/scripted-home.ts';
import { ScriptedHome, scriptedKinds } from '../support/scripted-home.ts';
import type { ScriptedProvider } from '../support/scripted-provider.ts';

const toolNames = toolsAt('http://127.0.0.1', 'x').map(({ name }) => name);
const pairs = toolNames.flatMap((tool) => scriptedKinds.map((each) => ({ tool, ...each })));
const call = { id: 'call_abc123', name: 'read', input: { path: 'src/a b.ts' } };

let home: ScriptedHome;
beforeEach(() => {
  home = new ScriptedHome();
});
afterEach(() => home.dispose());

async function open(
  toolName: string,
  ...wanted: readonly ScriptedKind[]
): Promise<{ tool: Tool; servers: ScriptedProvider[]; routes: string[] }> {
  const { key, ...opened } = await home.openWith(...wanted);
  const tool = toolsAt(home.address, key).find(({ name }) => name === toolName)!;
  return { tool, ...opened };
}

describe.each(pairs)('$tool to a provider of $format', ({ tool: toolName, ...provider }) => {
  it('gets text, tool calls and usage, streamed and whole', async () => {
    const { tool, servers, routes } = await open(toolName, provider);
    servers[0]!.reply = () => ({ thinking: 'Let me see.', text: 'I will read “it”. 😀', calls: [call] });
    for (const stream of [true, false]) {
      const answer = await tool.ask({ model: routes[0]!, stream });
      expect(answer).toEqual({
        ...{ text: 'I will read “it”. 😀', calls: [call], finish: 'tool_calls' },
        ...{ inputTokens: 50, outputTokens: 9 },
      });
    }
    for (const { body } of servers[0]!.requests) expect(body['model']).toBe(provider.model);
    expect(JSON.stringify(servers[0]!.requests[0]?.body['tools'])).toContain('"description":"Reads a file."');
  });

  it('sends a tool’s call and its result, under one id', async () => {
    const { tool, servers, routes } = await open(toolName, provider);
    const history = { call: { ...call, id: 'call_abc123' }, result: 'export {}' };
    await tool.ask({ model: routes[0]!, stream: true, history });
    expect(callAndResult(provider.format, servers[0]!)).toEqual({ ...call, result: 'export {}' });
  });

  it('is told of a refusal of its request, in the provider’s words and its own form', async () => {
    const { tool, servers, routes } = await open(toolName, provider);
    servers[0]!.reply = () => ({ status: 400, message: 'The tool schema is no good.' });
    for (const stream of [true, false]) {
      const error = await failureOf(tool, { model: routes[0]!, stream });
      expect([error.status, error.text]).toEqual([
        400,
        expect.stringContaining('The tool schema is no good.'),
      ]);
      // opencode looks for statuses in the text, and takes a port of 5000 for one after which it asks again.
      expect(error.text).not.toContain(new URL(servers[0]!.baseUrl).port);
    }
    // A request that is wrong is not asked again.
    expect(servers[0]!.requests).toHaveLength(2);
  });

  it('is told of a broken answer, and never gets it as a whole one', async () => {
    const { tool, servers, routes } = await open(toolName, provider);
    // Longer than what is held back while another route could still take over unseen.
    servers[0]!.reply = () => ({ text: 'word '.repeat(200), after: { events: 150, does: 'die' } });
    let heard = 0;
    const error = await failureOf(tool, { model: routes[0]!, stream: true, onText: () => (heard += 1) });
    expect(heard).toBeGreaterThan(0);
    expect(error.text).not.toBe('');
  });

  it('leaves, and the provider hears of it', async () => {
    const { tool, servers, routes } = await open(toolName, provider);
    servers[0]!.reply = () => ({ text: 'one two three four', after: { events: 5, does: 'hang' } });
    const controller = new AbortController();
    const asked = tool.ask({
      ...{ model: routes[0]!, stream: true, signal: controller.signal },
      onText: () => controller.abort(),
    });
    await expect(asked).rejects.toThrow();
    // How soon is the endpoint's own test; this one is of each library's way to leave.
    await vi.waitUntil(() => servers[0]!.requests[0]?.wasLeft, { timeout: 5000 });
  });

  it.each(scriptedKinds)(
    'gets its answer from a provider of $format when the first one fails',
    async (other) => {
      const { tool, servers } = await open(toolName, provider, other);
      const [first, second] = servers as [ScriptedProvider, ScriptedProvider];
      for (const server of [first, second]) {
        // Whoever is asked first fails.
        server.reply = () =>
          first.requests.length + second.requests.length === 1
            ? { status: 500, message: 'Out of order.' }
            : { text: 'Here it is.', calls: [call] };
      }
      const answer = await tool.ask({ model: 'auto', stream: true });
      expect(answer).toMatchObject({ text: 'Here it is.', calls: [call], finish: 'tool_calls' });
      expect(first.requests.length + second.requests.length).toBe(2);
    },
  );
});

it.each(['the openai library', 'the anthropic library'])(
  '%s is answered by the route of its own format, when nothing else tells two apart',
  async (name) => {
    const alike = scriptedKinds.map((each) => ({ ...each, model: 'coder' }));
    home.explores = false;
    const { tool, servers } = await open(name, ...alike, ...alike);
    await tool.ask({ model: 'auto', stream: true });
    const asked = servers.findIndex(({ requests }) => requests.length > 0);
    expect(alike[asked % 2]?.format).toBe(
      name === 'the openai library' ? 'openai-chat' : 'anthropic-messages',
    );
  },
);

/** The one call and its result that the provider was sent. */
function callAndResult(format: WireFormat, server: ScriptedProvider): object {
  const [, answer, result] = server.requests[0]?.body['messages'] as [unknown, Turn, Turn];
  if (format === 'openai-chat') {
    const sent = answer.tool_calls?.[0];
    expect(result.tool_call_id).toBe(sent?.id);
    const input: unknown = JSON.parse(sent?.function.arguments ?? '');
    return { id: sent?.id, name: sent?.function.name, input, result: textIn(result.content) };
  }
  const use = blocksOf(answer).find(({ type }) => type === 'tool_use');
  const given = blocksOf(result).find(({ type }) => type === 'tool_result');
  expect(given?.tool_use_id).toBe(use?.id);
  return { id: use?.id, name: use?.name, input: use?.input, result: textIn(given?.content) };
}

interface Block {
  readonly type: string;
  readonly id?: string;
  readonly name?: string;
  readonly input?: unknown;
  readonly text?: string;
  readonly tool_use_id?: string;
  readonly content?: string | readonly Block[];
}

interface Turn {
  readonly content?: string | readonly Block[] | null;
  readonly tool_call_id?: string;
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
}

function blocksOf({ content }: Turn): readonly Block[] {
  return Array.isArray(content) ? (content as readonly Block[]) : [];
}

function textIn(content: Turn['content']): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map(({ text }) => text ?? '').join('');
}

async function failureOf(
  tool: Tool,
  question: Parameters<Tool['ask']>[0],
): Promise<{ status: unknown; text: string }> {
  try {
    await tool.ask(question);
  } catch (error) {
    const { status, statusCode } = error as { status?: number; statusCode?: number };
    return {
      status: status ?? statusCode,
      text: error instanceof Error ? error.message : JSON.stringify(error),
    };
  }
  throw new Error('was answered');
}
