/**
 * The least that a proxy on Node can do, as a process of its own: node:http in, node:http with kept connections out, bytes
 * piped. The measure of the endpoint: what it takes more is what routing costs. Upstream port in, own port out.
 */
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

const upstreamPort = Number(process.argv[2]);
const agent = new Agent({ keepAlive: true });

const server = createServer((incoming, outgoing) => {
  const { host: _, ...headers } = incoming.headers;
  const call = request(
    { agent, host: '127.0.0.1', port: upstreamPort, method: incoming.method, path: incoming.url, headers },
    (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    },
  );
  call.on('error', () => outgoing.destroy());
  outgoing.on('close', () => {
    if (!outgoing.writableFinished) call.destroy();
  });
  incoming.pipe(call);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
process.stdin.resume().once('end', () => process.exit(0));
