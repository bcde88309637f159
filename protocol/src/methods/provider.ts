/** What a client's own world holds and the daemon's does not: keys of providers and the proxy, for its memory only. */
import * as z from 'zod';
import { proxySettingsSchema, proxyViewSchema } from '../data/proxy.ts';
import { limits } from '../limits.ts';
import { request } from '../rpc.ts';

export const keyCheckSchema = z.strictObject({
  /** `unreachable` and `notChecked` leave the key in place. */
  status: z.enum(['accepted', 'rejected', 'unreachable', 'notChecked']),
  message: z.string().max(2000),
  models: z.int().nullable(),
});
export type KeyCheck = z.infer<typeof keyCheckSchema>;

export const setKeyRequest = request({
  method: 'router/setKey',
  direction: 'clientToDaemon',
  summary:
    "Gives the daemon a node's key (in memory only), takes it back with null, or confirms an account that was merely found. It can never change an endpoint.",
  params: z.strictObject({
    /** A configured node, or a cloud provider's name (`openai`, `anthropic`, `google`) for its standard endpoint. */
    nodeId: z.string().min(1).max(limits.idChars),
    /** Absent: leave the key as it is (to confirm only). */
    key: z.string().min(1).max(limits.keyChars).nullable().optional(),
    source: z.enum(['secretStorage', 'environment']),
    /** True: the developer agreed that this account may be used; remembered. False: take the agreement back. */
    confirmed: z.boolean().optional(),
    /** Ask the provider whether it accepts the key before answering. */
    check: z.boolean().default(false),
  }),
  result: z.strictObject({ check: keyCheckSchema }),
});

export const setProxyRequest = request({
  method: 'router/setProxy',
  direction: 'clientToDaemon',
  summary:
    'Tells the daemon which proxy this client found in its settings or environment (in memory only); null: none. It counts for all calls; the word of an editor before that of a command.',
  params: z.strictObject({ proxy: proxySettingsSchema.nullable() }),
  result: z.strictObject({
    /** The proxy that is in force now; null: none. */
    proxy: proxyViewSchema.nullable(),
  }),
});
