/**
 * `daemon.json`: how a client finds the running daemon. Written by the holder of the leader lock alone. `pid` is
 * for people to read; nothing is ever ended by it, because process numbers are used again.
 */
import { rmSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { limits } from '../index.ts';
import type { Paths } from './paths.ts';
import { readBoundedFile, writePrivateFile } from './private-file.ts';

const maxBytes = 16 * 1024;

export const discoverySchema = z.object({
  schema: z.literal(1),
  pid: z.int().min(1),
  startedAt: z.iso.datetime(),
  buildId: z.string().max(200),
  daemonVersion: z.string().max(100),
  protocolVersions: z.array(z.string().max(20)).min(1).max(20),
  endpoint: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('pipe'),
      path: z.string().max(limits.pathChars).refine(isAbsolute, 'must be absolute'),
    }),
    z.object({ kind: z.literal('tcp'), port: z.int().min(1).max(65_535) }),
  ]),
  tokenFile: z.string().max(limits.pathChars),
});
export type Discovery = z.infer<typeof discoverySchema>;
export type Endpoint = Discovery['endpoint'];

export function writeDiscovery(paths: Paths, discovery: Discovery): void {
  writePrivateFile(paths.discoveryFile, `${JSON.stringify(discovery, null, 2)}\n`);
}

/**
 * What the file says, or null when there is none or none of ours: a file that can't be understood is treated like a
 * missing one, because the next daemon to hold the lock replaces it.
 */
export function readDiscovery(paths: Paths): Discovery | null {
  try {
    const text = readBoundedFile(paths.discoveryFile, maxBytes);
    if (text === null) return null;
    return discoverySchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Removes the files of a daemon that ends; the caller still holds the lock. */
export function removeDiscovery(paths: Paths): void {
  rmSync(paths.discoveryFile, { force: true });
  rmSync(paths.tokenFile, { force: true });
}
