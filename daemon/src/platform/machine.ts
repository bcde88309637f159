/** What this machine has. */
import { totalmem } from 'node:os';

/** Bytes of memory. */
export function machineMemoryBytes(): number {
  return totalmem();
}
