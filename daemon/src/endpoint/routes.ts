/** The few addresses that the endpoint knows, compared as they are: nothing is parsed, so nothing can be hidden in one. */
import type { IncomingMessage } from 'node:http';
import type { EndpointFormat } from './endpoint-format.ts';

export interface Formats {
  readonly openai: EndpointFormat;
  readonly anthropic: EndpointFormat;
}

export type Place =
  | { readonly type: 'answer'; readonly format: EndpointFormat }
  | { readonly type: 'count'; readonly format: EndpointFormat }
  | { readonly type: 'models'; readonly format: EndpointFormat }
  | { readonly type: 'notFound' | 'absolute'; readonly format: EndpointFormat }
  | { readonly type: 'wrongMethod'; readonly allow: 'GET' | 'POST'; readonly format: EndpointFormat };

/** With whatever a client puts behind it: page sizes and the like, which mean nothing here. */
const modelsUrl = /^\/v1\/models(?:\?[\w=&.%-]{0,500})?$/;

/** What a request is about; also for one that asks for nothing we have, since its refusal has a form too. */
export function placeOf(request: IncomingMessage, formats: Formats): Place {
  const url = request.url ?? '';
  switch (url) {
    case '/v1/chat/completions':
      return posted(request, { type: 'answer', format: formats.openai });
    // Anthropic's library marks its beta calls so.
    case '/v1/messages?beta=true':
    case '/v1/messages':
      return posted(request, { type: 'answer', format: formats.anthropic });
    case '/v1/messages/count_tokens':
    case '/v1/messages/count_tokens?beta=true':
      return posted(request, { type: 'count', format: formats.anthropic });
    default:
      return otherPlace(request, url, formats);
  }
}

function otherPlace(request: IncomingMessage, url: string, formats: Formats): Place {
  // Both vendors have this address, and only one has a version header.
  const isAnthropic = url.startsWith('/v1/messages') || 'anthropic-version' in request.headers;
  const format = isAnthropic ? formats.anthropic : formats.openai;
  if (!url.startsWith('/')) return { type: 'absolute', format };
  if (!modelsUrl.test(url)) return { type: 'notFound', format };
  return request.method === 'GET'
    ? { type: 'models', format }
    : { type: 'wrongMethod', allow: 'GET', format };
}

function posted(request: IncomingMessage, place: Extract<Place, { type: 'answer' | 'count' }>): Place {
  return request.method === 'POST' ? place : { type: 'wrongMethod', allow: 'POST', format: place.format };
}
