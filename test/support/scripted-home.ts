/** A daemon with the endpoint on, before providers whose answers the test writes. */
import type { ScriptedProvider } from './scripted-provider.ts';
import { startScriptedProvider } from './scripted-provider.ts';
import { EndpointHome } from './endpoint-home.ts';

/** The kinds of node there are for each format, with a model that its client library knows how to ask. */
export const scriptedKinds = [
  { format: 'openai-chat', provider: 'openai-compatible', model: 'coder' },
  { format: 'anthropic-messages', provider: 'anthropic', model: 'claude-sonnet-4-5' },
] as const;
export type ScriptedKind = Omit<(typeof scriptedKinds)[number], 'model'> & { readonly model: string };

export class ScriptedHome extends EndpointHome {
  /** Trying another one now and then; to be set before it is opened. */
  explores = true;
  readonly #stops: (() => Promise<void>)[] = [];

  /** A provider of each wanted kind, in this order, as the nodes `n0`, `n1`, …; their routes; and a key. */
  async openWith(
    ...wanted: readonly ScriptedKind[]
  ): Promise<{ key: string; servers: ScriptedProvider[]; routes: string[] }> {
    const servers = await Promise.all(wanted.map(({ format }) => startScriptedProvider(format)));
    this.#stops.push(...servers.map((server) => () => server.stop()));
    const capabilities = { tools: true, vision: true, reasoning: true, structuredOutput: true };
    await this.open({
      policy: { explore: this.explores },
      nodes: wanted.map(({ provider, model }, at) => ({
        ...{ id: `n${at}`, provider, baseUrl: servers[at]?.baseUrl },
        models: [{ id: model, contextWindow: 100_000, maxOutputTokens: 8000, capabilities }],
      })),
    });
    const { key } = await this.key();
    return { key, servers, routes: wanted.map(({ model }, at) => `n${at}/${model}`) };
  }

  override async dispose(): Promise<void> {
    await super.dispose();
    for (const stop of this.#stops.splice(0)) await stop();
  }
}
