/**
 * The connection token: 32 random bytes, new at each start of the daemon, in a file of its own. It never stands in
 * an address, an argument, the environment or a log.
 */
import { randomBytes } from 'node:crypto';
import type { Paths } from './paths.ts';
import { readBoundedFile, writePrivateFile } from './private-file.ts';

/** 32 bytes in base64url without padding. */
export const tokenPattern = /^[A-Za-z0-9_-]{43}$/;

export function writeToken(paths: Paths): string {
  const token = randomBytes(32).toString('base64url');
  writePrivateFile(paths.tokenFile, token);
  return token;
}

/** The running daemon's token, or null when there is no well-formed one. */
export function readToken(paths: Paths): string | null {
  try {
    const token = readBoundedFile(paths.tokenFile, 100)?.trim();
    return token !== undefined && tokenPattern.test(token) ? token : null;
  } catch {
    return null;
  }
}
