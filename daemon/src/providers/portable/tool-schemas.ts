/**
 * Schemas of tools in the part of JSON Schema that the target reads. Everyone wants an object with properties at the
 * top; Anthropic and OpenAI want no choice there; Google wants no references and none of the words about the schema
 * itself. Where a schema must lose strictness for this, the tool's client still checks what it gets.
 */
import type { ModelCall } from '../model-call.ts';
import type { CallTarget } from './target.ts';
import { plainSchema } from './plain-schema.ts';

type FunctionTool = Extract<NonNullable<ModelCall['tools']>[number], { type: 'function' }>;
type Schema = FunctionTool['inputSchema'];

/** `call` with schemas that `target` accepts. */
export function withAcceptedSchemas(call: ModelCall, target: CallTarget): ModelCall {
  const { tools, responseFormat } = call;
  const isGoogle = target.provider === 'google';
  // A reference at the top, as some generators write it, hides the object from everyone.
  const adapt = (schema: Schema): Schema =>
    isGoogle || schema.$ref !== undefined ? plainSchema(schema) : schema;
  return {
    ...call,
    ...(tools && {
      tools: tools.map((tool) =>
        tool.type === 'function' ? { ...tool, inputSchema: asObject(adapt(tool.inputSchema)) } : tool,
      ),
    }),
    ...(isGoogle &&
      responseFormat?.type === 'json' &&
      responseFormat.schema && {
        responseFormat: { ...responseFormat, schema: adapt(responseFormat.schema) },
      }),
  };
}

/** An object schema with properties at the top; a choice of objects becomes one object with the properties of all. */
function asObject(schema: Schema): Schema {
  const { oneOf, anyOf, allOf, ...rest } = schema;
  const choices = [...(oneOf ?? []), ...(anyOf ?? [])].filter(isSchema);
  const joined = (allOf ?? []).filter(isSchema);
  if (choices.length + joined.length === 0) return typed(schema);
  const all = [...choices, ...joined];
  const properties = Object.assign(
    {},
    ...all.map((each) => each.properties ?? {}),
    rest.properties ?? {},
  ) as NonNullable<Schema['properties']>;
  const inEvery = (choices[0]?.required ?? []).filter((name) =>
    choices.every((each) => each.required?.includes(name) === true),
  );
  const required = new Set([
    ...(rest.required ?? []),
    ...inEvery,
    ...joined.flatMap((each) => each.required ?? []),
  ]);
  return { ...rest, type: 'object', properties, ...(required.size > 0 && { required: [...required] }) };
}

function typed(schema: Schema): Schema {
  if (schema.type === 'object' && schema.properties !== undefined) return schema;
  return { ...schema, type: 'object', properties: schema.properties ?? {} };
}

function isSchema(each: unknown): each is Schema {
  return typeof each === 'object' && each !== null;
}
