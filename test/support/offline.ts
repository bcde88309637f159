/**
 * Set up before every unit test: connections reach this machine only. Any other address fails at once, as it would with
 * the network unplugged, so a test that would need the internet fails everywhere and not only on a train.
 */
import { isIP, Socket } from 'node:net';

const connect = Socket.prototype.connect as (this: Socket, ...args: unknown[]) => Socket;

function connectHere(this: Socket, ...args: unknown[]): Socket {
  const host = hostOf(args);
  if (host === undefined || isLoopback(host)) return connect.apply(this, args);
  const error = Object.assign(new Error(`unit tests are offline: no connection to ${host}`), {
    code: 'ENETUNREACH',
  });
  process.nextTick(() => this.destroy(error));
  return this;
}

// This file is set up before every test file, and many of them share a process.
if (connect.name !== connectHere.name)
  Object.defineProperty(Socket.prototype, 'connect', {
    configurable: true,
    writable: true,
    value: connectHere,
  });

/** The host among the forms `connect` takes; undefined for a path, and for a port alone, which means this machine. */
function hostOf(args: readonly unknown[]): string | undefined {
  // Node's own callers pass the arguments as one array that is normalised already.
  const [first, second] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
  if (typeof first === 'object' && first !== null) {
    return 'host' in first && typeof first.host === 'string' ? first.host : undefined;
  }
  return typeof second === 'string' ? second : undefined;
}

function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.');
  return ['localhost', '::1', '::ffff:127.0.0.1', '0.0.0.0', '::', ''].includes(host);
}
