/**
 * A model server that wants a key, in the wire format of OpenAI: for adding keys with a live check, where the demo fleet,
 * which takes any key, would prove nothing.
 */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface KeyServer {
  /** As it stands in config.jsonc. */
  readonly baseUrl: string;
  /** Requests that came with the right key, by path. */
  readonly accepted: readonly string[];
  close(): Promise<void>;
}

const model = 'lab-coder';
export const labAnswer = 'The lab answers: a cart adds up prices.';

export async function startKeyServer(key: string): Promise<KeyServer> {
  const accepted: string[] = [];
  const server = createServer((request, response) => {
    // Nothing depends on the request's text.
    request.resume();
    if (request.headers.authorization !== `Bearer ${key}`) {
      json(response, 401, { error: { message: 'Incorrect API key provided.', code: 'invalid_api_key' } });
      return;
    }
    accepted.push(request.url ?? '');
    if (request.method === 'GET') {
      json(response, 200, { object: 'list', data: [{ id: model, object: 'model' }] });
      return;
    }
    answer(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    accepted,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function answer(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const chunk = (choice: object, rest: object = {}): string =>
    `data: ${JSON.stringify({ id: 'chat-1', object: 'chat.completion.chunk', created: 1, model, choices: [choice], ...rest })}\n\n`;
  for (const word of labAnswer.match(/\S+\s*/g) ?? [])
    response.write(chunk({ index: 0, delta: { content: word } }));
  const usage = { prompt_tokens: 20, completion_tokens: 10, total_tokens: 30 };
  response.end(`${chunk({ index: 0, delta: {}, finish_reason: 'stop' }, { usage })}data: [DONE]\n\n`);
}
