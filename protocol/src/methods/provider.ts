/** Keys of providers: handed over for the daemon's memory only, checked live. */
import * as z from 'zod';
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
