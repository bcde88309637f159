/** `task-router connect`: the settings that make another tool ask the router, with a key of its own, and a live check. */
import { RouterError, daemonRequests, toolGuide, toolIds, toolNames } from '@task-router/protocol';
import type { ErrorCode, GuideStep } from '@task-router/protocol';
import { checkEndpoint } from '@task-router/protocol/node';
import type { EndpointCheckResult } from '@task-router/protocol/node';
import type { ConnectArguments } from '../endpoint-arguments.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatMs, formatTable, plural } from '../format.ts';
import type { Output } from '../output.ts';
import { plain } from '../output.ts';
import type { Session } from '../session.ts';

/** Rejects with `endpoint.off` or `endpoint.portTaken`. */
export async function connectCommand(
  session: Session,
  { tool, keyName, tries, json, signal }: ConnectArguments & { readonly signal: AbortSignal },
  output: Output,
): Promise<number> {
  if (tool === null) {
    if (json) output.json({ tools: toolNames });
    else {
      const table = formatTable(toolIds.map((id) => [id, toolNames[id]]));
      output.line(
        `Tools:\n${table}\n\n\`task-router connect TOOL\` prints its settings, with a key of its own.`,
      );
    }
    return exitCodes.answered;
  }
  const { client } = session;
  const address = await addressOf(session);
  const name = keyName ?? toolNames[tool];
  const { key, view } = await client.request(daemonRequests.createEndpointKey, { name });
  const { steps } = toolGuide(tool, address, key);
  if (!json) output.line(`${toolNames[tool]} asks the router with these settings.\n\n${stepsText(steps)}\n`);
  const check = await checkEndpoint({ address, key, signal }, tries ? 'auto' : null);
  if (json) output.json({ tool, address, key, keyId: view.id, steps, check });
  else output.line(`${checkText(check)}\n\n${afterText(view.id, session.ownsDaemon)}`);
  return check.ok ? exitCodes.answered : exitCodes.failed;
}

async function addressOf({ client }: Session): Promise<string> {
  const { address, problem } = await client.request(daemonRequests.endpoint, {});
  if (address !== null) return address;
  if (problem === null) throw new RouterError('endpoint.off', 'The endpoint for other tools is off.');
  throw new RouterError(problem.code as ErrorCode, problem.message, { next: problem.next });
}

function stepsText(steps: readonly GuideStep[]): string {
  return steps
    .map(({ text, copy }, index) => {
      const paste = copy === undefined ? '' : `\n\n${copy.text.replace(/^/gm, '     ')}\n`;
      return `  ${index + 1}. ${text}${paste}`;
    })
    .join('\n');
}

function checkText(check: EndpointCheckResult): string {
  if (!check.ok) return `Checked: it does not work yet. ${plain(check.message)}`;
  const models = `${plural(check.models.length, 'model')} to choose from`;
  if (check.answer === null) return `Checked: the key is let in, ${models}. --try also asks a model.`;
  const { text, route, ms } = check.answer;
  return `Checked: ${models}; ${plain(route ?? 'a route')} answered "${plain(text).slice(0, 80)}" in ${formatMs(ms)}.`;
}

function afterText(keyId: string, ownsDaemon: boolean): string {
  const end = `The key is not shown again; \`task-router keys revoke ${keyId}\` ends it.`;
  return ownsDaemon
    ? `${end}\nNo daemon was running: keep one with \`task-router serve\`, or with Task Router in VS Code, or the tool finds nobody.`
    : end;
}
