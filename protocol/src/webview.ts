/**
 * Messages between the extension and its panel. The panel never talks to the daemon; the extension checks every
 * message against this closed list.
 */
import * as z from 'zod';
import { limits } from './limits.ts';
import { numberedEventSchema, snapshotSchema } from './data/events.ts';

const taskId = z.string().max(limits.idChars);

/** Panel to extension. */
export const panelCommandSchema = z.discriminatedUnion('type', [
  /** The panel has loaded or become visible again and needs the whole picture. */
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('cancel'), taskId }),
  /** Lets a task that stopped at a budget go on, this once. */
  z.strictObject({ type: z.literal('allowOnce'), taskId, questionId: z.string().max(limits.idChars) }),
  z.strictObject({ type: z.literal('retryOnAnother'), taskId }),
  /** Takes an answer that broke off up again. */
  z.strictObject({ type: z.literal('resume'), taskId }),
  z.strictObject({ type: z.literal('retryOn'), taskId, route: z.string().max(limits.nameChars) }),
  /** What to copy or insert: the whole answer, or its n-th code block (0-based). */
  z.strictObject({ type: z.literal('copy'), taskId, codeBlock: z.int().min(0).max(10_000).nullable() }),
  z.strictObject({ type: z.literal('insert'), taskId, codeBlock: z.int().min(0).max(10_000).nullable() }),
  z.strictObject({ type: z.literal('replace'), taskId, codeBlock: z.int().min(0).max(10_000).nullable() }),
  z.strictObject({ type: z.literal('feedback'), taskId, grade: z.enum(['good', 'bad']) }),
  z.strictObject({ type: z.literal('selectTask'), taskId }),
  z.strictObject({ type: z.literal('routeTask') }),
  z.strictObject({ type: z.literal('addKey') }),
  z.strictObject({ type: z.literal('confirmAccount'), nodeId: z.string().max(limits.idChars) }),
  z.strictObject({ type: z.literal('openConfig') }),
  z.strictObject({ type: z.literal('startDemo') }),
  z.strictObject({ type: z.literal('restartDaemon') }),
  z.strictObject({ type: z.literal('showLog') }),
  z.strictObject({ type: z.literal('probe') }),
  z.strictObject({ type: z.literal('openExternal'), url: z.url({ protocol: /^https$/ }).max(2000) }),
]);
export type PanelCommand = z.infer<typeof panelCommandSchema>;

/** Extension to panel. */
export const panelUpdateSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('snapshot'),
    snapshot: snapshotSchema,
    selectedTaskId: taskId.nullable(),
    graded: z.record(taskId, z.enum(['good', 'bad'])),
  }),
  z.strictObject({ type: z.literal('event'), event: numberedEventSchema }),
  z.strictObject({ type: z.literal('select'), taskId }),
  /** As `select`, with every reason for the choice unfolded. */
  z.strictObject({ type: z.literal('explain'), taskId }),
  z.strictObject({ type: z.literal('graded'), taskId, grade: z.enum(['good', 'bad']) }),
  z.strictObject({
    type: z.literal('connection'),
    /** `idle`: nobody needs the daemon now, or somebody stopped it; nothing is wrong. */
    state: z.enum(['idle', 'starting', 'connected', 'disconnected', 'failed']),
    message: z.string().max(2000).nullable(),
  }),
]);
export type PanelUpdate = z.infer<typeof panelUpdateSchema>;
