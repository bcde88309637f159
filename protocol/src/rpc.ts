/**
 * How one protocol method is declared: name, direction, params and result in a single value.
 *
 * Everything else (handler tables, typed clients, docs/protocol.md) is derived from these values, so a method
 * that is declared but not handled, or handled with the wrong shape, does not compile.
 */
import type * as z from 'zod';

/** Who sends it. Answers always travel the other way. */
export type Direction = 'clientToDaemon' | 'daemonToClient';

export interface RequestMethod<Params extends z.ZodType = z.ZodType, Result extends z.ZodType = z.ZodType> {
  readonly type: 'request';
  readonly method: string;
  readonly direction: Direction;
  readonly params: Params;
  readonly result: Result;
  /** One sentence for docs/protocol.md. */
  readonly summary: string;
}

export interface NotificationMethod<Params extends z.ZodType = z.ZodType> {
  readonly type: 'notification';
  readonly method: string;
  readonly direction: Direction;
  readonly params: Params;
  readonly summary: string;
}

export type Method = RequestMethod | NotificationMethod;

/** Parsed params as a handler sees them (defaults filled in). */
export type ParamsOf<M extends Method> = z.output<M['params']>;
/** Params as a caller writes them (defaulted fields optional). */
export type ParamsInputOf<M extends Method> = z.input<M['params']>;
export type ResultOf<M extends RequestMethod> = z.output<M['result']>;

export function request<Params extends z.ZodType, Result extends z.ZodType>(
  declaration: Omit<RequestMethod<Params, Result>, 'type'>,
): RequestMethod<Params, Result> {
  return { type: 'request', ...declaration };
}

export function notification<Params extends z.ZodType>(
  declaration: Omit<NotificationMethod<Params>, 'type'>,
): NotificationMethod<Params> {
  return { type: 'notification', ...declaration };
}
