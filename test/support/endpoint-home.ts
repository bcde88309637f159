/** A daemon with the endpoint on, in a home of its own, and tools that ask it over plain HTTP. */
import { daemonRequests } from '@task-router/protocol';
import type { EndpointView, ParamsInputOf } from '@task-router/protocol';
import type { DemoServer } from '../../daemon/src/demo/index.ts';
import { DaemonHome, nodeOf } from './daemon-home.ts';
import type { Window } from './daemon-home.ts';
import { freePort } from './endpoint-stage.ts';

export class EndpointHome extends DaemonHome {
  port = 0;

  /** Starts with the endpoint as `endpoint` says; default: on, at a free port. */
  async open(config: object = {}, endpoint?: object): Promise<void> {
    this.port = await freePort();
    await this.start({ endpoint: endpoint ?? { enabled: true, port: this.port }, ...config });
  }

  /** Opens with one demo server as the only node, and makes a key. */
  async openWithServer(more: object = {}): Promise<{ server: DemoServer; key: string; id: string }> {
    const server = await this.server();
    await this.open({ nodes: [nodeOf(server, 'local', more)] });
    return { server, ...(await this.key()) };
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Makes a key through a window of its own. */
  async key(
    wish: Partial<ParamsInputOf<typeof daemonRequests.createEndpointKey>> = {},
    window?: Window,
  ): Promise<{ key: string; id: string }> {
    const { client } = window ?? (await this.connect());
    const { key, view } = await client.request(daemonRequests.createEndpointKey, { name: 'Cline', ...wish });
    return { key, id: view.id };
  }

  async view(): Promise<EndpointView> {
    return (await this.connect()).client.request(daemonRequests.endpoint, {});
  }

  chat(key: string, body: object = {}, signal?: AbortSignal): Promise<Response> {
    const messages = [{ role: 'user', content: 'Explain what a mutex is.' }];
    return this.ask('/v1/chat/completions', key, { model: 'auto', messages, ...body }, signal);
  }

  messages(key: string, body: object = {}): Promise<Response> {
    const messages = [{ role: 'user', content: 'Explain what a mutex is.' }];
    return this.ask('/v1/messages', key, { model: 'auto', max_tokens: 100, messages, ...body });
  }

  ask(path: string, key: string, body?: object, signal?: AbortSignal): Promise<Response> {
    return fetch(`${this.address}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        'content-type': 'application/json',
        ...(path.startsWith('/v1/messages')
          ? { 'x-api-key': key, 'anthropic-version': '2023-06-01' }
          : { authorization: `Bearer ${key}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  }
}

/** What the stream's events say, in order, without their ends. */
export async function eventsOf(response: Response): Promise<Record<string, unknown>[]> {
  const text = await response.text();
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice('data: '.length)) as Record<string, unknown>);
}
