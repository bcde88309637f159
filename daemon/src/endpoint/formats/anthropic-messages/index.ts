/** Anthropic's Messages, as tools ask and as they are answered. */
import type { OutsideModel } from '../../../dispatch/outside/outside-call.ts';
import type { EndpointFormat, RequestHeaders } from '../../endpoint-format.ts';
import { readRequest } from '../read-request.ts';
import { BodyWriter } from './body-writer.ts';
import { errorBody } from './errors.ts';
import { readCall } from './read-call.ts';
import { requestSchema } from './request-schema.ts';
import { StreamWriter } from './stream-writer.ts';

export const anthropicMessages: EndpointFormat = {
  name: 'anthropic-messages',
  readCall(body, headers, tool) {
    const read = readRequest(body, requestSchema);
    if (!read.ok) return read;
    const { request, fields, modelAt } = read.value;
    const result = readCall(request, fields);
    if (!result.ok) return result;
    const { type } = request.thinking ?? { type: 'disabled' };
    return {
      ok: true,
      value: {
        model: request.model,
        ...result.value,
        maxOutputTokens: request.max_tokens ?? null,
        streams: request.stream === true,
        wishes: { usage: true, thinking: type !== 'disabled' },
        raw: { format: 'anthropic-messages', body, modelAt, headers: ownHeaders(headers) },
        tool,
      },
    };
  },
  readCount(body) {
    const read = readRequest(body, requestSchema);
    if (!read.ok) return read;
    const result = readCall(read.value.request, read.value.fields);
    if (!result.ok) return result;
    return { ok: true, value: { model: read.value.request.model, call: result.value.call } };
  },
  createWriter: ({ streams, wishes }) =>
    streams ? new StreamWriter(wishes.thinking) : new BodyWriter(wishes.thinking),
  errorBody,
  modelsBody: (models) =>
    JSON.stringify({
      data: models.map(modelOf),
      has_more: false,
      first_id: models[0]?.id ?? null,
      last_id: models.at(-1)?.id ?? null,
    }),
  countBody: (tokens) => JSON.stringify({ input_tokens: tokens }),
};

const plainValue = /^[\x20-\x7e]{1,2000}$/;

/** The headers that are part of the request's meaning, where they can stand in a header again. */
function ownHeaders(headers: RequestHeaders): Readonly<Record<string, string>> {
  const own: Record<string, string> = {};
  for (const name of ['anthropic-version', 'anthropic-beta']) {
    const value = headers[name];
    if (value !== undefined && plainValue.test(value)) own[name] = value;
  }
  return own;
}

function modelOf({ id, label, contextWindow, maxOutputTokens }: OutsideModel): object {
  return {
    // The list has no dates of its own, and the field must be one.
    ...{ type: 'model', id, display_name: label, created_at: '1970-01-01T00:00:00Z' },
    ...(contextWindow !== null && { max_input_tokens: contextWindow }),
    ...(maxOutputTokens !== null && { max_tokens: maxOutputTokens }),
  };
}
