/**
 * A certificate authority of one test run and servers with names that nobody on the internet has: what stands behind a
 * proxy is reached over TLS that is checked. Made by openssl, so that no private key lies in the repository.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Names under this one are of the authority's servers. */
const domain = 'example.test';

export interface TestAuthority {
  /** For `NODE_EXTRA_CA_CERTS`. */
  readonly certificateFile: string;
  readonly certificate: string;
  /** An https server for every name under `example.test`, and its port on this machine. */
  serve(listener: RequestListener): Promise<number>;
  dispose(): void;
}

export function createTestAuthority(): TestAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'task-router-authority-'));
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    ...['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=Task Router test authority'],
    ...['-keyout', file('ca.key'), '-out', file('ca.pem')],
  );
  openssl(
    ...['req', '-x509', ...newKey, '-days', '2', '-subj', `/CN=${domain}`],
    ...['-CA', file('ca.pem'), '-CAkey', file('ca.key')],
    ...['-addext', `subjectAltName=DNS:${domain},DNS:*.${domain}`, '-addext', 'basicConstraints=CA:FALSE'],
    ...['-keyout', file('server.key'), '-out', file('server.pem')],
  );
  const cleanUps: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  return {
    certificateFile: file('ca.pem'),
    certificate: readFileSync(file('ca.pem'), 'utf8'),
    async serve(listener) {
      const pair = { key: readFileSync(file('server.key')), cert: readFileSync(file('server.pem')) };
      const server = createServer(pair, listener);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      cleanUps.push(
        () => server.close(),
        () => server.closeAllConnections(),
      );
      return (server.address() as AddressInfo).port;
    },
    dispose: () => {
      for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
    },
  };
}
