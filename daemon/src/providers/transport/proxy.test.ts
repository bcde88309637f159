/** What is read out of settings for a proxy: whom it is for, as whom, and what is wrong with it. */
import { describe, expect, it } from 'vitest';
import { proxyOfEditor, proxyOfEnvironment } from '@task-router/protocol';
import { Proxies } from './proxies.ts';
import { ProxyRules } from './proxy.ts';

const far = 'https://api.example.test/v1';

function rules(
  url: string,
  noProxy: readonly string[] = [],
  authorization: string | null = null,
): ProxyRules {
  return new ProxyRules({ source: 'http.proxy', url, authorization, noProxy: [...noProxy] });
}

describe('a proxy', () => {
  it.each([
    ['http://proxy.corp:8080', 'http://proxy.corp:8080', 8080],
    ['proxy.corp:8080', 'http://proxy.corp:8080', 8080],
    ['https://proxy.corp', 'https://proxy.corp', 443],
    ['http://proxy.corp/', 'http://proxy.corp', 80],
    ['http://[::1]:3128', 'http://[::1]:3128', 3128],
  ])('%s is %s', (written, address, port) => {
    expect(rules(written).proxyFor(far)).toMatchObject({ address, port, authorization: null, problem: null });
  });

  it('keeps name and password to itself', () => {
    const written = rules('http://ann:s%40crt@proxy.corp:8080');
    const basic = `Basic ${Buffer.from('ann:s@crt').toString('base64')}`;
    expect(written.proxyFor(far)?.authorization).toBe(basic);
    expect(JSON.stringify(written.view())).not.toMatch(/ann|crt/);
    expect(rules('http://proxy.corp', [], 'Bearer x').proxyFor(far)?.authorization).toBe('Bearer x');
  });

  it.each([
    ['socks5://proxy.corp:1080', /http\.proxy names a proxy for socks5, .* Write an http/],
    ['http://', /holds no address of a proxy\. Write it as/],
    ['http://169.254.169.254:80', /names 169\.254\.169\.254, .* Correct it/],
    ['http://a%0d%0ab:c@proxy.corp', null],
  ])('%s can’t be used, or is harmless', (written, problem) => {
    const found = rules(written).proxyFor(far)?.problem ?? null;
    if (problem === null) expect(found).toBeNull();
    else expect(found).toMatch(problem);
  });

  it('refuses an authorization that would be another header', () => {
    expect(rules('http://proxy.corp', [], 'Basic x\r\nhost: y').view().problem).toMatch(/Correct them/);
  });

  it('is never for this machine', () => {
    for (const url of ['http://127.0.0.1:1', 'http://localhost:1', 'http://[::1]:1', 'https://localhost'])
      expect(rules('http://proxy.corp').proxyFor(url)).toBeNull();
  });
});

describe('NO_PROXY', () => {
  it.each([
    ['*', far],
    ['example.test', far],
    ['.example.test', far],
    ['*.example.test', far],
    ['API.example.test', far],
    ['api.example.test:443', far],
    ['10.0.0.0/8', 'https://10.1.2.3/v1'],
    ['10.1.2.3', 'https://10.1.2.3/v1'],
    ['fd00::/8', 'https://[fd12::1]/v1'],
    ['fd12:0::1', 'https://[fd12::1]/v1'],
    ['[fd12::1]:8443', 'https://[fd12::1]:8443/v1'],
  ])('%s means %s', (entry, url) => expect(rules('http://p', [entry]).proxyFor(url)).toBeNull());

  it.each([
    ['ample.test', far],
    ['api.example.test:8443', far],
    ['example.test.evil', far],
    ['10.0.0.0/8', 'https://11.1.2.3/v1'],
    ['10.0.0.0/99', 'https://10.1.2.3/v1'],
    ['', far],
    ['.', far],
    ['fd13::1', 'https://[fd12::1]/v1'],
  ])('%s does not mean %s', (entry, url) => expect(rules('http://p', [entry]).proxyFor(url)).not.toBeNull());
});

describe('where it is found', () => {
  it('in the environment, https before http, as curl spells them', () => {
    expect(
      proxyOfEnvironment({ HTTP_PROXY: 'http://b', HTTPS_PROXY: ' http://a ', NO_PROXY: 'x, y' }),
    ).toEqual({
      ...{ source: 'HTTPS_PROXY', url: 'http://a', authorization: null, noProxy: ['x', 'y'] },
    });
    expect(proxyOfEnvironment({ http_proxy: 'http://b', HTTPS_PROXY: '' })?.source).toBe('http_proxy');
    expect(proxyOfEnvironment({ NO_PROXY: 'x' })).toBeNull();
  });

  it('in the editor, its settings before its environment', () => {
    const environment = { HTTPS_PROXY: 'http://env', NO_PROXY: 'x' };
    const none = { proxy: '', noProxy: undefined, authorization: null, support: 'override' };
    expect(proxyOfEditor({ ...none, proxy: 'http://set', noProxy: ['y', 1] }, environment)).toMatchObject({
      ...{ source: 'http.proxy', url: 'http://set', noProxy: ['y', 'x'] },
    });
    expect(proxyOfEditor({ ...none, authorization: 'Basic z' }, environment)).toMatchObject({
      ...{ source: 'HTTPS_PROXY', authorization: 'Basic z' },
    });
    expect(proxyOfEditor({ ...none, support: 'off' }, environment)).toMatchObject({ url: '' });
    expect(proxyOfEditor(none, {})).toBeNull();
  });
});

describe('whose word counts', () => {
  const settings = (url: string) => ({ source: 'http.proxy', url, authorization: null, noProxy: [] });

  it('is the editor’s, the command’s, the daemon’s own, in this order, until nobody is there', () => {
    const proxies = new Proxies(settings('http://own'));
    const address = () => proxies.view()?.address;
    expect(proxies.tell('cli', settings('http://cli'))).toBe(true);
    expect(proxies.tell('editor', settings('http://editor'))).toBe(true);
    expect(proxies.tell('editor', settings('http://editor'))).toBe(false);
    expect(proxies.tell('cli', settings('http://other'))).toBe(false);
    expect(address()).toBe('http://editor');
    expect(proxies.tell('editor', null)).toBe(true);
    expect(address()).toBe('http://other');
    proxies.forget();
    expect(address()).toBe('http://own');
  });

  it('may be that there is none', () => {
    const proxies = new Proxies(settings('http://own'));
    proxies.tell('editor', settings(''));
    expect(proxies.current?.proxyFor(far)).toBeNull();
    expect(proxies.view()).toMatchObject({ address: null });
  });
});
