/** Whether a file is still the one that was read: cheaper than reading it again, and nothing has to watch it. */
import { statSync } from 'node:fs';

/** Changes whenever the file is written, replaced, removed, or its permissions change. */
export function fileSignature(path: string): string {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    return found === undefined ? 'none' : `${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`;
  } catch {
    return 'unreachable';
  }
}
