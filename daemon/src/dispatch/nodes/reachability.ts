/**
 * A quick look whether servers on this machine still listen, just before a decision: a TCP connect to loopback is
 * answered within a millisecond, and it keeps a stopped server out of the decision instead of costing a failover.
 */
import { connect } from 'node:net';
import type { Clock } from '../../engine/index.ts';
import type { NodeRegistry } from './registry.ts';
import type { Node } from './node.ts';

const connectTimeoutMs = 150;
/** A server that was seen this recently isn't asked again. */
const freshMs = 1_000;

/** Refreshes reachability of local HTTP nodes. Takes at most `connectTimeoutMs`; never rejects. */
export async function checkLocalServers(registry: NodeRegistry, clock: Clock): Promise<void> {
  const due = registry
    .all()
    .filter((node) => node.isLocal && node.baseUrl !== null && isDue(node, clock.nowMs()));
  await Promise.all(due.map((node) => checkServer(registry, node, clock)));
}

function isDue(node: Node, nowMs: number): boolean {
  return node.contact.status !== 'ok' || nowMs - node.contact.atMs > freshMs;
}

async function checkServer(registry: NodeRegistry, node: Node, clock: Clock): Promise<void> {
  const problem = await connectProblem(node.baseUrl ?? '');
  // A connect to loopback that takes long shows that this machine is busy, not that a server is gone.
  if (problem === 'tooBusyToTell' && node.contact.status === 'ok') return;
  const atMs = clock.nowMs();
  if (problem !== null) {
    const why = problem === 'tooBusyToTell' ? `no connection within ${connectTimeoutMs} ms` : problem;
    registry.setContact(node.nodeId, { status: 'unreachable', atMs, message: `${node.label}: ${why}.` });
    return;
  }
  if (node.contact.status === 'ok') registry.setContact(node.nodeId, { status: 'ok', atMs });
  // It was down or was never asked: its models may have changed.
  else await registry.contact(node.nodeId);
}

function connectProblem(baseUrl: string): Promise<string | null> {
  const url = new URL(baseUrl);
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (problem: string | null) => {
      socket.destroy();
      resolve(problem);
    };
    socket.setTimeout(connectTimeoutMs, () => {
      end('tooBusyToTell');
    });
    socket.once('connect', () => {
      end(null);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      end(
        error.code === 'ECONNREFUSED' ? `nothing listens on port ${port}` : `no connection to port ${port}`,
      );
    });
  });
}
