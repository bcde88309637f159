/** The local endpoint for other tools: its state, its switch, and its keys. */
import * as z from 'zod';
import {
  endpointKeySchema,
  endpointPortSchema,
  endpointViewSchema,
  toolNameSchema,
} from '../data/endpoint.ts';
import { policySchema } from '../data/policy.ts';
import { limits } from '../limits.ts';
import { request } from '../rpc.ts';

export const endpointRequest = request({
  method: 'router/endpoint',
  direction: 'clientToDaemon',
  summary: 'Where other tools can reach the router, and which of them hold a key.',
  params: z.strictObject({}),
  result: endpointViewSchema,
});

export const configureEndpointRequest = request({
  method: 'router/configureEndpoint',
  direction: 'clientToDaemon',
  summary:
    'The editor’s user settings for the endpoint; they hold until the daemon ends or an editor says otherwise. What config.jsonc switches on stays on. Answers when the endpoint listens, or can’t.',
  params: z.strictObject({
    enabled: z.boolean(),
    /** Absent: as config.jsonc says, else the usual one. */
    port: endpointPortSchema.optional(),
  }),
  result: endpointViewSchema,
});

export const createEndpointKeyRequest = request({
  method: 'router/createEndpointKey',
  direction: 'clientToDaemon',
  summary:
    'Makes a key for a tool. The key itself is in this answer and nowhere else: only its digest is stored.',
  params: z.strictObject({
    name: toolNameSchema,
    policy: policySchema.nullable().default(null),
    dailyBudgetUsd: z.number().min(0).max(1_000_000).nullable().default(null),
  }),
  result: z.strictObject({ key: z.string().max(100), view: endpointKeySchema }),
});

export const revokeEndpointKeyRequest = request({
  method: 'router/revokeEndpointKey',
  direction: 'clientToDaemon',
  summary: 'Ends a key at once, also for requests that run.',
  params: z.strictObject({ id: z.string().min(1).max(limits.idChars) }),
  result: z.strictObject({ revoked: endpointKeySchema }),
});
