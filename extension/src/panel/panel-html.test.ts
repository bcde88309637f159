import { describe, expect, it } from 'vitest';
import { panelHtml } from './panel-html.ts';

const html = panelHtml({
  cspSource: 'https://*.vscode-cdn.net',
  nonce: 'abc123',
  scriptUri: 'https://x.vscode-cdn.net/main.js',
  styleUris: ['https://x.vscode-cdn.net/main.css'],
});
const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';

describe('panelHtml', () => {
  it('allows our own files and nothing else', () => {
    expect(policy).toBe(
      "default-src 'none'; img-src https://*.vscode-cdn.net; style-src https://*.vscode-cdn.net; font-src https://*.vscode-cdn.net; script-src 'nonce-abc123'",
    );
  });

  it('allows no image from just anywhere, and nothing inline', () => {
    expect(policy).not.toMatch(/https:(?!\/\/)|unsafe|data:|\*(?!\.vscode)/);
    expect(html).not.toMatch(/ style=| on\w+=|<style/);
    expect(html.match(/<script/g)).toEqual(['<script']);
    expect(html).toContain('<script nonce="abc123"');
  });
});
