/** `task-router replay`: what another policy would have done with one's own tasks. No model is called. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse, printParseErrorCode, type ParseError } from 'jsonc-parser';
import { RouterError, daemonRequests, limits, policySchema } from '@task-router/protocol';
import type { Policy, ResultOf } from '@task-router/protocol';
import { exitCodes } from '../exit-codes.ts';
import { fitTable, formatMs, formatTable, formatUsd, plural, wrapLines } from '../format.ts';
import type { Output } from '../output.ts';
import { plain } from '../output.ts';
import type { Session } from '../session.ts';

type Replay = ResultOf<typeof daemonRequests.replay>;

export async function replayCommand(
  session: Session,
  command: {
    readonly policyFile: string;
    readonly sinceMs: number;
    readonly folder: string;
    readonly json: boolean;
  },
  output: Output,
): Promise<number> {
  const policy = readPolicy(resolve(command.folder, command.policyFile));
  const replay = await session.client.request(daemonRequests.replay, { policy, sinceMs: command.sinceMs });
  if (command.json) output.json(replay);
  else output.line(wrapLines(replayText(replay, output.columns), output.columns));
  return exitCodes.answered;
}

/** The file holds the `policy` object of config.jsonc. Throws `config.*` with what is wrong. */
function readPolicy(path: string): Policy {
  const errors: ParseError[] = [];
  const parsed: unknown = parse(readText(path), errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error)
    throw new RouterError('config.malformed', `${path}: ${printParseErrorCode(error.error)}.`, { next });
  const policy = policySchema.safeParse(parsed);
  if (policy.success) return policy.data;
  const [issue] = policy.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw new RouterError(
    'config.invalidValue',
    `${path}: ${where === '' ? '' : `${where}: `}${issue?.message ?? ''}.`,
    { next },
  );
}

const next = 'The file holds what stands under "policy" in config.jsonc.';

function readText(path: string): string {
  try {
    if (statSync(path).size > limits.configBytes)
      throw new RouterError('config.tooLarge', `${path} is too large.`, { next });
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof RouterError) throw error;
    throw new RouterError('config.unreadable', `${path} can't be read.`, {
      next: 'Check the path and its permissions.',
    });
  }
}

function replayText(replay: Replay, columns: number): string {
  const { decisions, skipped, moved, unroutable, moves, notEnoughData } = replay;
  const left = skipped === 0 ? '' : ` (${skipped} left out: cancelled, or decided by another version)`;
  return [
    `${plural(decisions, 'task')} decided again${left}: ${moved} would move${unroutable === 0 ? '' : `, ${unroutable} would find no route`}.`,
    ...(moves.length === 0
      ? []
      : [
          fitTable(
            moves
              .slice(0, 10)
              .map(({ from, to, tasks, evidence }) => [
                `${plain(from)} → ${to === null ? 'no route' : plain(to)}`,
                plural(tasks, 'task'),
                `${plural(evidence, 'ended task')} there to go by`,
              ]),
            columns,
          ),
        ]),
    '',
    ...(notEnoughData === null
      ? figures(replay)
      : [`Not enough data for an estimate: ${plain(notEnoughData)}`]),
  ].join('\n');
}

function figures({ success, costUsd, totalMs, effectiveSampleSize }: Replay): string[] {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return [
    formatTable([
      ['', 'before', 'after', '95 % interval'],
      row('success', success, percent),
      row('cost a task', costUsd, (usd) => formatUsd(Math.max(0, usd))),
      row('time a task', totalMs, (ms) => formatMs(Math.max(0, ms))),
    ]),
    `  rests on the worth of ${Math.round(effectiveSampleSize)} tasks that would not move, and on predictions for the rest`,
  ];
}

function row(
  name: string,
  { before, after }: Replay['success'],
  format: (value: number) => string,
): string[] {
  if (after === null) return [name, format(before.value), 'unknown', ''];
  return [name, format(before.value), format(after.value), `${format(after.low)} to ${format(after.high)}`];
}
