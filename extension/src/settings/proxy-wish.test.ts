/** What a window tells of its proxy, and when it keeps quiet. */
import { describe, expect, it } from 'vitest';
import { ProxyWish } from './proxy-wish.ts';
import type { ProxyPorts } from './proxy-wish.ts';

function wish(changes: Partial<ProxyPorts> & { readonly settings?: Record<string, unknown> }) {
  const sent: unknown[] = [];
  const warnings: string[] = [];
  const { settings = {}, ...ports } = changes;
  const proxyWish = new ProxyWish({
    read: (name) => settings[name],
    environment: {},
    isTrusted: () => true,
    setProxy: (params) => Promise.resolve(sent.push(params)),
    warn: (message) => warnings.push(message),
    ...ports,
  });
  return { proxyWish, sent, warnings };
}

describe('ProxyWish', () => {
  it('tells the developer’s own settings, which win over the environment', async () => {
    const environment = { HTTPS_PROXY: 'http://env:1' };
    const settings = { 'http.proxy': 'http://ann:word@proxy.corp:8080', 'http.noProxy': ['.corp.example'] };
    const { proxyWish, sent } = wish({ settings, environment });
    await proxyWish.send();
    expect(sent).toEqual([
      {
        proxy: {
          ...{ source: 'http.proxy', url: 'http://ann:word@proxy.corp:8080', authorization: null },
          noProxy: ['.corp.example'],
        },
      },
    ]);
  });

  it('takes back what it told when nothing is set any more', async () => {
    const { proxyWish, sent } = wish({ settings: { 'http.proxy': '' } });
    await proxyWish.send();
    expect(sent).toEqual([{ proxy: null }]);
  });

  it('keeps quiet in a workspace that is not trusted', async () => {
    const { proxyWish, sent } = wish({ settings: { 'http.proxy': 'http://p' }, isTrusted: () => false });
    await proxyWish.send();
    expect(sent).toEqual([]);
  });

  it('goes on without a daemon that knows of proxies, and never repeats the setting', async () => {
    const { proxyWish, warnings } = wish({
      settings: { 'http.proxy': 'http://ann:word@p' },
      setProxy: () => Promise.reject(new Error('Unhandled method router/setProxy')),
    });
    await proxyWish.send();
    expect(warnings).toEqual(['The proxy was not taken: Unhandled method router/setProxy']);
  });
});
