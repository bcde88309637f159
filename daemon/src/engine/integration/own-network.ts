/**
 * Tells a provider's outage from this machine's own: when every node outside that is tried fails to connect, one after
 * the other and none answers in between, it is the cable, the sleep or the tunnel here. Then nobody is to blame, and what
 * was already held against the nodes is taken back.
 *
 * Only connections that never came about count; an answer of any kind, an error too, proves that the network is there.
 */
import { ownNetwork } from '../config/health.ts';

export interface NetworkWatch {
  /** Nodes outside that could not be reached since the last contact, with the first time for each. */
  readonly unreached: Readonly<Record<string, number>>;
  /** Since when this machine counts as offline; null: it does not. */
  readonly lostSinceMs: number | null;
}

export const networkThere: NetworkWatch = { unreached: {}, lostSinceMs: null };

export interface NetworkNews {
  readonly nodeId: string;
  readonly connected: boolean;
  readonly atMs: number;
  /** Nodes outside that the router has at all: with a single one, its outage and ours look the same. */
  readonly remoteNodes: number;
}

/** The watch after one contact with a node outside this machine. Nodes on this machine are never told of. */
export function watchOwnNetwork(watch: NetworkWatch, news: NetworkNews): NetworkWatch {
  if (news.connected) return networkThere;
  const recent = Object.entries(watch.unreached).filter(
    ([, atMs]) => news.atMs - atMs <= ownNetwork.togetherMs || watch.lostSinceMs !== null,
  );
  const unreached = { [news.nodeId]: news.atMs, ...Object.fromEntries(recent) };
  const failing = Object.keys(unreached).length;
  const isLost = failing >= ownNetwork.minNodes && failing >= Math.min(news.remoteNodes, maxAsked);
  const lostSinceMs = watch.lostSinceMs ?? (isLost ? Math.min(...Object.values(unreached)) : null);
  return { unreached, lostSinceMs };
}

/** A task rarely tries more nodes than this; so many without an answer are all of them. */
const maxAsked = 3;
