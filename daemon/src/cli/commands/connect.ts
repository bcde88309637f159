/** `task-router connect`: the settings that make another tool ask the router, with a key of its own, and a live check. */
import {
  RouterError,
  daemonRequests,
  keyPlaceholder,
  toolGuide,
  toolIds,
  toolNames,
} from '@task-router/protocol';
import type { EndpointView, ErrorCode, GuideStep, ToolId } from '@task-router/protocol';
import { checkEndpoint } from '@task-router/protocol/node';
import type { EndpointCheckResult } from '@task-router/protocol/node';
import type { ConnectArguments } from '../endpoint-arguments.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatMs, formatTable, plural } from '../format.ts';
import type { Output } from '../output.ts';
import { plain } from '../output.ts';
import type { Session } from '../session.ts';
import { keyForTool } from './connect-key.ts';
import type { ToolKey } from './connect-key.ts';

/** Rejects with `endpoint.off`, `endpoint.portTaken`, or what `keyForTool` rejects with. */
export async function connectCommand(
  session: Session,
  { tool, ...wish }: ConnectArguments & { readonly signal: AbortSignal },
  output: Output,
): Promise<number> {
  if (tool !== null) return connect(session, { ...wish, tool }, output);
  if (wish.json) output.json({ tools: toolNames });
  else {
    const table = formatTable(toolIds.map((id) => [id, toolNames[id]]));
    output.line(
      `Tools:\n${table}\n\n\`task-router connect TOOL\` prints its settings, with a key of its own.`,
    );
  }
  return exitCodes.answered;
}

async function connect(
  session: Session,
  wish: ConnectArguments & { readonly tool: ToolId; readonly signal: AbortSignal },
  output: Output,
): Promise<number> {
  const { tool, choice, tries, json, signal } = wish;
  const view = await session.client.request(daemonRequests.endpoint, {});
  const address = addressOf(view);
  const name = wish.keyName ?? toolNames[tool];
  const toolKey = await keyForTool(session, view, { name, choice, silent: json }, output);
  const { made, held, revoked } = toolKey;
  const { steps } = toolGuide(tool, address, made?.key ?? keyPlaceholder);
  if (!json) output.line(`${toolNames[tool]} asks the router with these settings.\n\n${stepsText(steps)}\n`);
  const check =
    made === null ? null : await checkEndpoint({ address, key: made.key, signal }, tries ? 'auto' : null);
  if (json) {
    const { key, id: keyId } = made ?? { key: null, id: null };
    output.json({ tool, address, key, keyId, held, revoked, steps, check });
  } else output.line(endText(name, toolKey, check, session.ownsDaemon));
  return check === null || check.ok ? exitCodes.answered : exitCodes.failed;
}

function endText(
  name: string,
  { made, held, revoked }: ToolKey,
  check: EndpointCheckResult | null,
  ownsDaemon: boolean,
): string {
  if (made === null || check === null) return keptText(name, held.length);
  const ended = revoked.length === 0 ? '' : `${revokedText(name, revoked.length)}\n\n`;
  return `${ended}${checkText(check)}\n\n${afterText(made.id, ownsDaemon)}`;
}

function addressOf({ address, problem }: EndpointView): string {
  if (address !== null) return address;
  if (problem === null) throw new RouterError('endpoint.off', 'The endpoint for other tools is off.');
  throw new RouterError(problem.code as ErrorCode, problem.message, { next: problem.next });
}

function keptText(name: string, held: number): string {
  const keys = held === 1 ? 'its key' : `its ${held} keys`;
  return `${plain(name)} keeps ${keys}, and no key was made. In place of ${keyPlaceholder} goes the one it has: a key is shown
only when it is made. Is it lost? --replace makes a new one and revokes ${held === 1 ? 'the old one' : 'the old ones'}; --another makes one more.`;
}

function revokedText(name: string, count: number): string {
  return count === 1
    ? `The old key of ${plain(name)} is revoked: whoever still uses it is refused. Its limits are the new one's.`
    : `The ${count} old keys of ${plain(name)} are revoked: whoever still uses one is refused. Their limits are the new one's.`;
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
