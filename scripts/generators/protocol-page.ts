/** docs/protocol.md: every method of the wire, from the values that declare it. */
import {
  daemonNotifications,
  daemonRequests,
  editorRequests,
  type NotificationMethod,
  type RequestMethod,
} from '@task-router/protocol';
import * as z from 'zod';
import type { Generator } from './generator.ts';
import { typeText, type JsonSchema } from './type-text.ts';

const introduction = `# The protocol

This page is generated from \`protocol/src\` by \`npm run generate\`; change the declarations there.

JSON-RPC 2.0 over WebSocket between a client (the editor, the command line) and the daemon. Types show the shape that is
sent; lengths and ranges are enforced by the schemas. Any request can be cancelled with \`$/cancelRequest\`. Errors carry a
code of [errors.md](errors.md) in \`data.code\`.`;

export const protocolPage: Generator = () => {
  const sections = [
    introduction,
    '## Requests the daemon answers',
    ...Object.values(daemonRequests).map(methodSection),
    '## Requests an editor window answers',
    ...Object.values(editorRequests).map(methodSection),
    '## Notifications of the daemon',
    ...Object.values(daemonNotifications).map(methodSection),
  ];
  return [{ path: 'docs/protocol.md', text: `${sections.join('\n\n')}\n` }];
};

function methodSection(method: RequestMethod | NotificationMethod): string {
  const shapes = [`params: ${shape(method.params)}`];
  if (method.type === 'request') shapes.push(`result: ${shape(method.result)}`);
  return [`### ${method.method}`, method.summary, ['```ts', ...shapes, '```'].join('\n')].join('\n\n');
}

/** Inlined rather than by reference: a page is read from top to bottom. */
function shape(schema: z.ZodType): string {
  return typeText(
    z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as JsonSchema,
  );
}
