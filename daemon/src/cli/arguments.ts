/** The command line's grammar: node's own parser, strict, with one function per command. */
import { parseArgs } from 'node:util';
import type { Priority, TaskKind } from '@task-router/protocol';
import { RouterError, healthActions, priorities, taskKinds } from '@task-router/protocol';
import type { ConnectArguments } from './endpoint-arguments.ts';
import { parseConnect, parseKeys, parseUsd } from './endpoint-arguments.ts';
import type { HistoryCommand } from './commands/history.ts';
import type { KeysCommand } from './commands/keys.ts';
import type { NodeCommand } from './commands/node.ts';
import { parseSince } from './since.ts';
import { commandMeant, optionMeant, usageOf } from './usage.ts';

export type Command =
  | {
      readonly name: 'route';
      readonly prompt: string;
      readonly files: readonly string[];
      readonly kind: TaskKind | null;
      readonly priority: Priority;
      /** US dollars; null: as the policy has it. */
      readonly maxCostUsd: number | null;
      readonly allowCloud: boolean;
      readonly json: boolean;
    }
  | {
      readonly name: 'batch';
      readonly file: string;
      readonly output: string;
      readonly allowCloud: boolean;
      readonly json: boolean;
    }
  | {
      readonly name: 'explain';
      readonly decisionId: string | null;
      readonly verify: boolean;
      readonly json: boolean;
    }
  | {
      readonly name: 'feedback';
      readonly grade: 'good' | 'bad';
      readonly decisionId: string | null;
      readonly json: boolean;
    }
  | { readonly name: 'health'; readonly probe: boolean; readonly json: boolean }
  | ({ readonly name: 'node' } & NodeCommand)
  | ({ readonly name: 'history' } & HistoryCommand)
  | {
      readonly name: 'replay';
      readonly policyFile: string;
      readonly sinceMs: number;
      readonly json: boolean;
    }
  | { readonly name: 'spend'; readonly json: boolean }
  | { readonly name: 'demo'; readonly json: boolean }
  | {
      readonly name: 'drill';
      readonly live: boolean;
      readonly allowCloud: boolean;
      readonly json: boolean;
    }
  | ({ readonly name: 'connect' } & ConnectArguments)
  | ({ readonly name: 'keys' } & KeysCommand)
  | { readonly name: 'serve'; readonly idleMinutes: number }
  | { readonly name: 'stop' }
  | { readonly name: 'demo-server'; readonly args: readonly string[] }
  /** `of`: a command; null: all of them. */
  | { readonly name: 'help'; readonly of: string | null }
  | { readonly name: 'version' };

const defaultIdleMinutes = 10;
const flag = { type: 'boolean', default: false } as const;

/** Throws `usage.invalid` or `task.empty`. */
export function parseCommand(argv: readonly string[]): Command {
  const [name = 'help', ...rest] = argv;
  try {
    return wantsHelp(rest) && usageOf(name) !== null ? { name: 'help', of: name } : parseNamed(name, rest);
  } catch (error) {
    if (error instanceof RouterError && error.code !== 'usage.invalid') throw error;
    const next =
      usageOf(name) === null ? {} : { next: `Run \`task-router help ${name}\` to see what it takes.` };
    throw new RouterError('usage.invalid', usageProblem(name, error), next);
  }
}

/** What comes after `--` is text, whatever it says. */
function wantsHelp(rest: readonly string[]): boolean {
  const end = rest.indexOf('--');
  return rest.slice(0, end === -1 ? undefined : end).some((word) => word === '--help' || word === '-h');
}

/** Node's own words for an unknown option end in advice that few need, with a quote that is never closed. */
function usageProblem(name: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const option = /^Unknown option '([^']+)'/.exec(message)?.[1];
  if (option === undefined) return message;
  const text = name === 'route' ? ' Text that begins with - goes after a lone --.' : '';
  return `${name} has no option ${option}${optionMeant(option, name)}${text}`;
}

function parseNamed(name: string, rest: string[]): Command {
  switch (name) {
    case 'route':
      return parseRoute(rest);
    case 'explain': {
      const { values, positionals } = parseArgs({
        args: rest,
        allowPositionals: true,
        options: { verify: flag, json: flag },
      });
      return { name, decisionId: positionals[0] ?? null, ...values };
    }
    case 'feedback':
      return parseFeedback(rest);
    case 'health':
      return { name, ...parseArgs({ args: rest, options: { probe: flag, json: flag } }).values };
    case 'node':
      return { name, ...parseNode(rest) };
    case 'history':
      return { name, ...parseHistory(rest) };
    case 'replay':
      return { name, ...parseReplay(rest) };
    case 'spend':
    case 'demo':
      return { name, ...parseArgs({ args: rest, options: { json: flag } }).values };
    case 'drill': {
      const { values } = parseArgs({
        args: rest,
        options: { live: flag, 'allow-cloud': flag, json: flag },
      });
      return { name, live: values.live, allowCloud: values['allow-cloud'], json: values.json };
    }
    case 'connect':
      return { name, ...parseConnect(rest) };
    case 'keys':
      return { name, ...parseKeys(rest) };
    case 'serve':
      return { name, idleMinutes: parseServe(rest) };
    case 'stop':
      parseArgs({ args: rest, options: {} });
      return { name };
    case 'demo-server':
      return { name, args: rest };
    case '--version':
    case 'version':
      return { name: 'version' };
    case '--help':
    case '-h':
    case 'help':
      return { name: 'help', of: parseHelp(rest) };
    default:
      throw new RouterError('usage.invalid', `There is no command "${name}"${commandMeant(name)}`);
  }
}

function parseHelp([of]: readonly string[]): string | null {
  if (of === undefined) return null;
  if (usageOf(of) !== null) return of;
  throw new RouterError('usage.invalid', `There is no command "${of}"${commandMeant(of)}`);
}

function parseRoute(args: string[]): Command {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      file: { type: 'string', multiple: true, default: [] },
      kind: { type: 'string' },
      priority: { type: 'string', default: 'interactive' },
      'max-cost': { type: 'string' },
      batch: { type: 'string' },
      output: { type: 'string' },
      'allow-cloud': flag,
      json: flag,
    },
  });
  if (values.batch !== undefined) {
    if (positionals.length > 0 || values.file.length > 0 || values.kind !== undefined)
      throw new RouterError('usage.invalid', '--batch takes its tasks, files and kinds from the file alone.');
    return {
      name: 'batch',
      file: values.batch,
      output: values.output ?? `${values.batch}.results.jsonl`,
      allowCloud: values['allow-cloud'],
      json: values.json,
    };
  }
  if (values.output !== undefined) throw new RouterError('usage.invalid', '--output goes with --batch.');
  const prompt = positionals.join(' ');
  if (prompt.trim() === '') throw new RouterError('task.empty', 'The task is empty.');
  const kind = values.kind === undefined ? null : (taskKinds.find((each) => each === values.kind) ?? null);
  if (values.kind !== undefined && kind === null) {
    throw new RouterError(
      'usage.invalid',
      `"${values.kind}" is no kind of task; use one of ${taskKinds.join(', ')}.`,
    );
  }
  return {
    name: 'route',
    prompt,
    files: values.file,
    kind,
    priority: parsePriority(values.priority),
    maxCostUsd: parseUsd('--max-cost', values['max-cost']),
    allowCloud: values['allow-cloud'],
    json: values.json,
  };
}

function parseNode(args: string[]): NodeCommand {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { yes: flag, 'dry-run': flag, json: flag },
  });
  const [verb, of, ...more] = positionals;
  const action = healthActions.find((each) => each === verb);
  if (action === undefined || of === undefined || more.length > 0)
    throw new RouterError(
      'usage.invalid',
      `node takes one of ${healthActions.join(', ')}, and a node or a route.`,
    );
  return { action, of, yes: values.yes, dryRun: values['dry-run'], json: values.json };
}

function parseHistory(args: string[]): HistoryCommand {
  const { values } = parseArgs({
    args,
    options: { since: { type: 'string' }, export: { type: 'string' }, clear: flag, yes: flag, json: flag },
  });
  const { clear, yes, json } = values;
  const format = values.export ?? null;
  if (format !== null && format !== 'jsonl' && format !== 'csv')
    throw new RouterError('usage.invalid', `--export writes jsonl or csv, not "${format}".`);
  if (clear && (format !== null || values.since !== undefined))
    throw new RouterError(
      'usage.invalid',
      '--clear forgets everything; it takes neither --since nor --export.',
    );
  const since = values.since ?? (format === null ? '30d' : 'ever');
  return { sinceMs: parseSince(since, Date.now()), export: format, clear, yes, json };
}

function parseReplay(args: string[]): { policyFile: string; sinceMs: number; json: boolean } {
  const { values } = parseArgs({
    args,
    options: { policy: { type: 'string' }, since: { type: 'string', default: '30d' }, json: flag },
  });
  if (values.policy === undefined)
    throw new RouterError('usage.invalid', 'Name the new policy: --policy FILE.');
  return { policyFile: values.policy, sinceMs: parseSince(values.since, Date.now()), json: values.json };
}

function parsePriority(text: string): Priority {
  const priority = priorities.find((each) => each === text);
  if (priority !== undefined) return priority;
  throw new RouterError('usage.invalid', `"${text}" is no priority; use one of ${priorities.join(', ')}.`);
}

function parseFeedback(args: string[]): Command {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { json: flag } });
  const [grade, decisionId = null] = positionals;
  if (grade !== 'good' && grade !== 'bad') {
    throw new RouterError('usage.invalid', 'feedback takes good or bad, and a decision if not the last one.');
  }
  return { name: 'feedback', grade, decisionId, ...values };
}

function parseServe(args: string[]): number {
  const { values } = parseArgs({ args, options: { 'idle-minutes': { type: 'string' } } });
  const minutes = Number(values['idle-minutes'] ?? defaultIdleMinutes);
  if (!Number.isFinite(minutes) || minutes < 0) {
    throw new RouterError('usage.invalid', '--idle-minutes takes a number of minutes, 0 for never.');
  }
  return minutes;
}
