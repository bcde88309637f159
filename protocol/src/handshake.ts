/**
 * The handshake rides on LSP `initialize`: the client offers an ordered list of protocol versions and its stable
 * identity, the daemon picks a version and says where the client's event stream stands.
 */
import * as z from 'zod';
import { limits } from './limits.ts';
import { snapshotSchema } from './data/events.ts';

/** Newest first. A breaking change of any method adds a version here. */
export const protocolVersions = ['1.0'] as const;

/** Goes into `InitializeParams.initializationOptions`. */
export const helloSchema = z.strictObject({
  protocolVersions: z.array(z.string().max(20)).min(1).max(20),
  /** Stable over reloads of one window; random for one CLI run. */
  clientId: z.string().min(8).max(limits.idChars),
  client: z.enum(['editor', 'cli']),
  clientVersion: z.string().max(100),
  /** Whether the window's workspace is trusted. An untrusted client may look, not route. */
  trusted: z.boolean(),
  /** Resume point of the event stream, with the epoch it belongs to. */
  resume: z.strictObject({ epoch: z.string().max(limits.idChars), seq: z.int().min(0) }).optional(),
  /** The client answers `router/lmInventory` and `router/lmRequest`. */
  editorModels: z.boolean().default(false),
});
export type Hello = z.infer<typeof helloSchema>;

/** Comes back as `InitializeResult.taskRouter`. */
export const welcomeSchema = z.strictObject({
  protocolVersion: z.string(),
  daemonVersion: z.string(),
  buildId: z.string(),
  pid: z.int(),
  /**
   * `replayed`: the missing events follow as `router/event` right after the answer. `snapshot`: start from
   * `snapshot`, which is then present.
   */
  resume: z.enum(['replayed', 'snapshot']),
  snapshot: snapshotSchema.optional(),
});
export type Welcome = z.infer<typeof welcomeSchema>;
