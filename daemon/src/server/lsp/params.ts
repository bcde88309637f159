/** The parts of LSP's parameters that are read here, with bounds on their sizes. Clients may send more fields. */
import * as z from 'zod';
import { limits } from '@task-router/protocol';

const uri = z.string().min(1).max(limits.pathChars);
const version = z.int();
/** A document may grow past the largest valid configuration while one edits; past this it is let go. */
export const documentChars = 4 * limits.configBytes;
const text = z.string().max(documentChars);
const line = z.int().min(0).max(10_000_000);

const placeSchema = z.object({ line, character: line });
const rangeSchema = z.object({ start: placeSchema, end: placeSchema });

export const openedSchema = z.object({
  textDocument: z.object({ uri, languageId: z.string().max(100), version, text }),
});
export const changedSchema = z.object({
  textDocument: z.object({ uri, version }),
  contentChanges: z.array(z.union([z.object({ range: rangeSchema, text }), z.object({ text })])).max(10_000),
});
export const closedSchema = z.object({ textDocument: z.object({ uri }) });
export const positionSchema = z.object({ textDocument: z.object({ uri }), position: placeSchema });

export type OpenedDocument = z.infer<typeof openedSchema>['textDocument'];
export type ChangedDocument = z.infer<typeof changedSchema>['textDocument'];
export type ContentChange = z.infer<typeof changedSchema>['contentChanges'][number];
