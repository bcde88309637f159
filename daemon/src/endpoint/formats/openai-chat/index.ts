/** OpenAI's Chat Completions, as tools ask and as they are answered. */
import type { OutsideModel } from '../../../dispatch/outside/outside-call.ts';
import type { EndpointFormat } from '../../endpoint-format.ts';
import { readRequest } from '../read-request.ts';
import { BodyWriter } from './body-writer.ts';
import { errorBody } from './errors.ts';
import { readCall } from './read-call.ts';
import { requestSchema } from './request-schema.ts';
import { StreamWriter } from './stream-writer.ts';

export const openaiChat: EndpointFormat = {
  name: 'openai-chat',
  readCall(body, _headers, tool) {
    const read = readRequest(body, requestSchema);
    if (!read.ok) return read;
    const { request, fields, modelAt } = read.value;
    const result = readCall(request, fields);
    if (!result.ok) return result;
    return {
      ok: true,
      value: {
        model: request.model,
        ...result.value,
        maxOutputTokens: request.max_completion_tokens ?? request.max_tokens ?? null,
        streams: request.stream === true,
        wishes: { usage: request.stream_options?.include_usage === true, thinking: true },
        raw: { format: 'openai-chat', body, modelAt, headers: {} },
        tool,
      },
    };
  },
  readCount: null,
  createWriter: ({ streams, wishes }) => (streams ? new StreamWriter(wishes.usage) : new BodyWriter()),
  errorBody,
  modelsBody: (models) => JSON.stringify({ object: 'list', data: models.map(modelOf) }),
  countBody: (tokens) => JSON.stringify({ input_tokens: tokens }),
};

/** Servers of this format name the window in different fields; the two that clients read are given. */
function modelOf({ id, label, contextWindow, maxOutputTokens }: OutsideModel): object {
  return {
    ...{ id, object: 'model', created: 0, owned_by: 'task-router', name: label },
    ...(contextWindow !== null && { context_length: contextWindow, max_model_len: contextWindow }),
    ...(maxOutputTokens !== null && { max_output_tokens: maxOutputTokens }),
  };
}
