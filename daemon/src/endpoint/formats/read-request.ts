/**
 * From a body's bytes to a request that a format has checked. Whatever the format: the body is JSON in UTF-8, one object
 * without twice the same key, not deeper than anything sensible, and it says nothing about where or as whom to call.
 */
import { isUtf8 } from 'node:buffer';
import type * as z from 'zod';
import type { EndpointProblem, ReadResult } from '../endpoint-format.ts';
import { problem } from '../problems.ts';
import { scanTopLevel } from './top-level.ts';

export interface ReadRequest<Request> {
  readonly request: Request;
  /** All fields as they came, also those that `request` does not know. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Bytes of the value of `model`: [from, to). */
  readonly modelAt: readonly [from: number, to: number];
}

/** JSON Schema of tools is the deepest thing in a request; real ones stay below 30. */
const maxDepth = 128;

/** Addresses, keys and headers are the router's own; libraries that let a request carry them have leaked keys so. */
const neverInRequests =
  /^(?:base_?url|api_?(?:base|key|url|host|type|version)|(?:extra_?|default_?|request_?|http_?)?headers|extra_?(?:body|query)|endpoint|url|host|proxy|proxies|authorization|auth_?token|access_?token|organization|deployment_?id)$/i;

/** Reads `body` by the format's `schema`. */
export function readRequest<Schema extends z.ZodType<{ model: string }>>(
  body: Buffer,
  schema: Schema,
): ReadResult<ReadRequest<z.output<Schema>>> {
  if (!isUtf8(body)) return refused('The body is not UTF-8.');
  const text = body.toString();
  const fields = parsed(text);
  if (fields === null) return refused('The body is not a JSON object.');
  const scan = scanTopLevel(text, maxDepth);
  if (scan.type === 'tooDeep') return refused(`The body is nested more than ${maxDepth} levels deep.`);
  if (scan.type === 'duplicate')
    return refused(`The field "${short(scan.key)}" stands there twice.`, scan.key);
  const forbidden = Object.keys(fields).find((key) => neverInRequests.test(key));
  if (forbidden !== undefined) {
    return refused(
      `A request can't say where or as whom to call: the field "${short(forbidden)}" is refused.`,
      forbidden,
    );
  }
  const result = schema.safeParse(fields);
  if (!result.success) return { ok: false, problem: problemIn(result.error) };
  if (scan.modelAt === null) return refused('The field "model" is missing.', 'model');
  return { ok: true, value: { request: result.data, fields, modelAt: inBytes(text, body, scan.modelAt) } };
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** Positions in the text and in the bytes differ once a character takes more than one byte. */
function inBytes(
  text: string,
  body: Buffer,
  [from, to]: readonly [number, number],
): readonly [number, number] {
  if (text.length === body.length) return [from, to];
  const before = Buffer.byteLength(text.slice(0, from));
  return [before, before + Buffer.byteLength(text.slice(from, to))];
}

function problemIn({ issues }: z.ZodError): EndpointProblem {
  const issue = issues[0];
  const place = short((issue?.path ?? []).map(String).join('.'));
  const what = issue === undefined ? 'Invalid' : short(issue.message);
  return refused(place === '' ? `${what}.` : `${place}: ${what}.`, place === '' ? undefined : place).problem;
}

/** A refusal of the request, with the field at fault. */
export function refused(
  message: string,
  param?: string,
): { readonly ok: false; readonly problem: EndpointProblem } {
  const what = problem(400, 'endpoint.badRequest', message);
  return { ok: false, problem: param === undefined ? what : { ...what, param: short(param) } };
}

/** What a client wrote is shown to it again, but not whole books of it. */
function short(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}
