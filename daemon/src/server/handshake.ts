/**
 * What a client says of itself in `initialize`, and the protocol version both sides then speak. The version comes
 * first: a client of another version may say things that this one does not understand.
 */
import * as z from 'zod';
import { type Hello, RouterError, helloSchema, protocolVersions } from '@task-router/protocol';
import { invalidRequest } from './invalid-request.ts';

const offerSchema = z.looseObject({ protocolVersions: helloSchema.shape.protocolVersions });
const paramsSchema = z.looseObject({ initializationOptions: z.unknown() });

export interface Handshake {
  readonly hello: Hello;
  readonly protocolVersion: string;
}

/** Throws `daemon.protocolVersion` or `request.invalid`. */
export function readHandshake(params: unknown): Handshake {
  const options = paramsSchema.safeParse(params).data?.initializationOptions;
  const offer = offerSchema.safeParse(options);
  if (!offer.success) throw invalidRequest('initialize', offer.error);
  const protocolVersion = negotiate(offer.data.protocolVersions);
  const hello = helloSchema.safeParse(options);
  if (!hello.success) throw invalidRequest('initialize', hello.error);
  return { hello: hello.data, protocolVersion };
}

/** The client's list is ordered; its first version that we speak too is taken. */
function negotiate(offered: readonly string[]): string {
  const spoken: readonly string[] = protocolVersions;
  const chosen = offered.find((version) => spoken.includes(version));
  if (chosen !== undefined) return chosen;
  throw new RouterError(
    'daemon.protocolVersion',
    `This daemon speaks protocol ${spoken.join(', ')}; the client offers ${offered.join(', ')}.`,
    { details: { supported: spoken } },
  );
}
