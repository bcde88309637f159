import type { KeyCheck } from '@task-router/protocol';
import { describe, expect, it } from 'vitest';
import { Keys, type KeyPorts } from './keys.ts';

const accepted: KeyCheck = { status: 'accepted', message: 'ok', models: 3 };

class World implements KeyPorts {
  readonly stored = new Map<string, string>();
  readonly sent: Parameters<KeyPorts['setKey']>[0][] = [];
  readonly warnings: string[] = [];
  environment: Record<string, string | undefined> = {};
  trusted = true;
  refuse: string | undefined;

  readonly vault = {
    nodeIds: async () => [...this.stored.keys()],
    get: async (nodeId: string) => this.stored.get(nodeId),
    store: async (nodeId: string, key: string) => void this.stored.set(nodeId, key),
    delete: async (nodeId: string) => void this.stored.delete(nodeId),
  };

  isTrusted(): boolean {
    return this.trusted;
  }

  async setKey(params: Parameters<KeyPorts['setKey']>[0]): Promise<{ check: KeyCheck }> {
    this.sent.push(params);
    if (params.nodeId === this.refuse) throw new Error('no such node');
    return { check: accepted };
  }

  warn(message: string): void {
    this.warnings.push(message);
  }
}

describe('Keys', () => {
  it('sends stored keys on every connection, as confirmed', async () => {
    const world = new World();
    world.stored.set('openai', 'canary-key-1');
    const keys = new Keys(world);
    await keys.connected([]);
    await keys.connected([]);
    expect(world.sent).toEqual(
      Array(2).fill({ nodeId: 'openai', key: 'canary-key-1', source: 'secretStorage', confirmed: true }),
    );
  });

  it('looks up wanted keys in the environment, unconfirmed, each once per connection', async () => {
    const world = new World();
    world.environment = { LAB_KEY: ' canary-key-2 \n', EMPTY: '' };
    const keys = new Keys(world);
    const wanted = [
      { nodeId: 'lab', env: 'LAB_KEY' },
      { nodeId: 'empty', env: 'EMPTY' },
      { nodeId: 'missing', env: 'NOT_SET' },
      { nodeId: 'odd', env: '__proto__.x' },
    ];
    await keys.connected(wanted);
    await keys.wanted(wanted);
    expect(world.sent).toEqual([{ nodeId: 'lab', key: 'canary-key-2', source: 'environment' }]);
    await keys.connected(wanted);
    expect(world.sent.length).toBe(2);
  });

  it('prefers the developer’s own key over one from the environment', async () => {
    const world = new World();
    world.stored.set('openai', 'own');
    world.environment = { OPENAI_API_KEY: 'found' };
    await new Keys(world).connected([{ nodeId: 'openai', env: 'OPENAI_API_KEY' }]);
    expect(world.sent.map(({ key }) => key)).toEqual(['own']);
  });

  it('sends nothing from a window that does not trust its workspace', async () => {
    const world = new World();
    world.trusted = false;
    world.stored.set('openai', 'own');
    world.environment = { LAB_KEY: 'found' };
    const keys = new Keys(world);
    await keys.connected([{ nodeId: 'lab', env: 'LAB_KEY' }]);
    await keys.wanted([{ nodeId: 'lab', env: 'LAB_KEY' }]);
    expect(world.sent).toEqual([]);
  });

  it('does not let one refused key keep the others back, and does not name the key', async () => {
    const world = new World();
    world.stored.set('gone', 'canary-key-3');
    world.stored.set('openai', 'canary-key-4');
    world.refuse = 'gone';
    await new Keys(world).connected([]);
    expect(world.sent.map(({ nodeId }) => nodeId)).toEqual(['gone', 'openai']);
    expect(world.warnings.join()).toContain('"gone"');
    expect(world.warnings.join()).not.toContain('canary');
  });

  it('checks a key without storing it, and keeps it only when told', async () => {
    const world = new World();
    const keys = new Keys(world);
    await expect(keys.check('openai', 'typed')).resolves.toEqual(accepted);
    expect(world.stored.size).toBe(0);
    expect(world.sent[0]).toMatchObject({ check: true, confirmed: true, source: 'secretStorage' });
    await keys.keep('openai', 'typed');
    expect(world.stored.get('openai')).toBe('typed');
  });

  it('puts the stored key back when a new one is discarded, and nothing when there was none', async () => {
    const world = new World();
    const keys = new Keys(world);
    await keys.discard('openai');
    world.stored.set('openai', 'old');
    await keys.discard('openai');
    expect(world.sent.map(({ key }) => key)).toEqual([null, 'old']);
  });

  it('removes a key from the vault and from the daemon', async () => {
    const world = new World();
    world.stored.set('openai', 'old');
    await new Keys(world).remove('openai');
    expect(world.stored.size).toBe(0);
    expect(world.sent).toEqual([{ nodeId: 'openai', key: null, source: 'secretStorage' }]);
  });

  it('confirms a found account without touching its key', async () => {
    const world = new World();
    await new Keys(world).confirm('openai');
    expect(world.sent).toEqual([{ nodeId: 'openai', source: 'environment', confirmed: true, check: true }]);
  });

  it('knows every value that must be redacted', async () => {
    const world = new World();
    world.stored.set('openai', 'canary-key-5');
    world.environment = { LAB_KEY: 'canary-key-6' };
    const keys = new Keys(world);
    await keys.connected([{ nodeId: 'lab', env: 'LAB_KEY' }]);
    expect(await keys.secrets()).toEqual(['canary-key-5', 'canary-key-6']);
  });
});
