/** Requests in the endpoint's two formats, read as the endpoint reads them. */
import { Buffer } from 'node:buffer';
import type { OutsideCall, OutsideTool } from '../../daemon/src/dispatch/outside/outside-call.ts';
import type { EndpointFormat, EndpointProblem } from '../../daemon/src/endpoint/endpoint-format.ts';

export const tool: OutsideTool = { keyId: 'k', name: 'Cline', policy: null, dailyBudgetUsd: null };
export const question = { role: 'user', content: 'Why?' };

export function read(format: EndpointFormat, fields: object | string, headers = {}): OutsideCall {
  const result = format.readCall(bodyOf(fields), headers, tool);
  if (!result.ok) throw new Error(result.problem.message);
  return result.value;
}

export function refusal(format: EndpointFormat, fields: object | string | Buffer): EndpointProblem {
  const result = format.readCall(bodyOf(fields), {}, tool);
  if (result.ok) throw new Error('was read');
  return result.problem;
}

function bodyOf(fields: object | string | Buffer): Buffer {
  if (Buffer.isBuffer(fields)) return fields;
  return Buffer.from(
    typeof fields === 'string' ? fields : JSON.stringify({ model: 'auto', messages: [question], ...fields }),
  );
}

export function toolMessage(toolCallId: string, toolName: string, output: object): object {
  return { role: 'tool', content: [{ type: 'tool-result', toolCallId, toolName, output }] };
}
