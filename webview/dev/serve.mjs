/**
 * Serves the harness on 127.0.0.1 with the content policy that the editor's page has, because a style or a script that
 * the policy forbids must be missing here too.
 *
 * `node webview/dev/serve.mjs [port]`, then open `/?scene=finished&theme=light`.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildHarness } from '../esbuild.mjs';

const types = {
  css: 'text/css',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript',
  map: 'application/json',
  ttf: 'font/ttf',
};

/**
 * Serves the files of `folder`, and nothing else.
 * @param {string} folder
 * @param {number} port 0 for any free one
 * @returns {Promise<import('node:http').Server>}
 */
export function serveHarness(folder, port) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const name = pathname === '/' ? 'index.html' : pathname.slice(1);
    const origin = `http://${request.headers.host}`;
    const policy = `default-src 'none'; img-src ${origin}; style-src ${origin}; font-src ${origin}; script-src 'nonce-harness'`;
    if (name === 'favicon.ico') return response.writeHead(204).end();
    try {
      if (!/^[\w-]+(\.[\w-]+)+$/.test(name)) throw new Error('not a file of the harness');
      const body = await readFile(join(folder, name));
      const type = types[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
      response.writeHead(200, {
        'content-type': type,
        'content-security-policy': policy,
        'cache-control': 'no-store',
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = join(import.meta.dirname, '..', '..', 'out', 'webview-harness');
  await buildHarness(folder);
  const server = await serveHarness(folder, Number(process.argv[2] ?? 0));
  console.log(`http://127.0.0.1:${server.address().port}/?scene=finished&theme=dark`);
}
