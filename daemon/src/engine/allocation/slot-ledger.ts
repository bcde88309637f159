/**
 * Who holds which slot. The one owner of that count: a lease is taken under an id of the caller's and given back
 * exactly once, however often release is called, so that no path through an attempt can leak or free a slot twice.
 */

export interface SlotLease {
  /** Unique; the attempt's id serves. */
  readonly leaseId: string;
  readonly nodeId: string;
  readonly routeId: string;
}

export interface SlotLedger {
  /** Takes a slot. False, and nothing taken, when the id holds one already. */
  acquire(lease: SlotLease): boolean;
  /** True the first time; false when the lease is unknown or was given back. */
  release(leaseId: string): boolean;
  /** Calls under way on a node. */
  inFlight(nodeId: string): number;
  /** Calls under way on one route. */
  inFlightOn(routeId: string): number;
  /** Calls under way altogether. */
  total(): number;
}

export function createSlotLedger(): SlotLedger {
  const leases = new Map<string, SlotLease>();
  const byNode = new Map<string, number>();
  const byRoute = new Map<string, number>();
  return {
    acquire(lease) {
      if (leases.has(lease.leaseId)) return false;
      // A copy: what is counted down later must be what was counted up.
      const { leaseId, nodeId, routeId } = lease;
      leases.set(leaseId, { leaseId, nodeId, routeId });
      count(byNode, nodeId, 1);
      count(byRoute, routeId, 1);
      return true;
    },
    release(leaseId) {
      const lease = leases.get(leaseId);
      if (lease === undefined) return false;
      leases.delete(leaseId);
      count(byNode, lease.nodeId, -1);
      count(byRoute, lease.routeId, -1);
      return true;
    },
    inFlight: (nodeId) => byNode.get(nodeId) ?? 0,
    inFlightOn: (routeId) => byRoute.get(routeId) ?? 0,
    total: () => leases.size,
  };
}

/** A name without calls is forgotten, so that nodes that come and go leave nothing behind. */
function count(counts: Map<string, number>, name: string, change: 1 | -1): void {
  const next = (counts.get(name) ?? 0) + change;
  if (next === 0) counts.delete(name);
  else counts.set(name, next);
}
