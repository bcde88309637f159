/** The command line's grammar: node's own parser, strict, with one function per command. */
import { parseArgs } from 'node:util';
import type { Priority, TaskKind } from '@task-router/protocol';
import { RouterError, healthActions, priorities, taskKinds, toolIds } from '@task-router/protocol';
import type { ConnectArguments } from './endpoint-arguments.ts';
import { parseConnect, parseKeys, parseUsd } from './endpoint-arguments.ts';
import type { HistoryCommand } from './commands/history.ts';
import type { KeysCommand } from './commands/keys.ts';
import type { NodeCommand } from './commands/node.ts';
import { parseSince } from './since.ts';

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
  | { readonly name: 'help' }
  | { readonly name: 'version' };

export const usage = `Usage: task-router <command>

  route "<task>"         route a task to the best model and stream the answer
      --file F[:from-to]   add a file, or lines of it, as context (repeatable)
      --kind K             ${taskKinds.join(' | ')}
      --priority P         ${priorities.join(' | ')} (default: interactive)
      --max-cost USD       never spend more than this on the task
      --allow-cloud        also use accounts that were merely found, this once
      --json               one event a line
  route --batch F        route the tasks of a file: JSON lines {prompt, id?, kind?, files?, …}
      --output R           where results go, one a line (default: F.results.jsonl); the same
                           command again goes on where it stopped
      --allow-cloud, --json
  explain [decision]     why a route was chosen (default: the last decision)
      --verify             decide again from the stored facts and compare
      --json
  feedback good|bad [decision]
                         grade an answer; the next choices learn from it
      --json
  health                 nodes, routes and the daemon
      --probe              ask every node first
      --json
  node drain|disable|enable|probe|undo N
                         take a node, or one route of it (node/model), out of use and back;
                         undo takes back what is being done to it, whoever did it
      --yes                also when no other usable route is left
      --dry-run            only say what would change
      --json
  history                what was spent and reached per route
      --since T            30d, 12h or a date (default 30d)
      --export F           every stored task instead: jsonl or csv (default since: ever)
      --clear              forget every ended task; asks first, --yes doesn't
      --json
  replay --policy F      decide stored tasks again under another policy, without calling a model
      --since T            30d, 12h or a date (default 30d)
      --json
  spend                  what was spent, against which budget, and how sure that is
      --json
  demo                   run the demo fleet: local scripted model servers
      --json               one line per server: {id, pid, url, …}
  drill                  where each kind of task would go when something fails; sends nothing
      --live               cause each failure in the demo fleet and route through it
      --allow-cloud        as if accounts that were merely found were confirmed
      --json
  connect [tool]         settings for another tool that is to ask the router, with a key of its own, and
                         whether they work: ${toolIds.join(' | ')}
      --key NAME           name of the key (default: the tool's)
      --try                also ask a model for a word
      --json
  keys                   keys of other tools
  keys create NAME       make one; it is shown once
      --budget USD         at most so much a day
      --local-only         only models on this machine
      --allow GLOB         only these routes, as node/model with * (repeatable)
  keys revoke ID         end one at once
      --json
  serve                  run the daemon in the foreground
      --idle-minutes N     leave after N minutes without a client (default 10, 0: never)
  stop                   ask the running daemon to end

Files and folders named in a task are its context. Exit codes: 0 answered, 1 failed, 2 usage, 3 no eligible route,
4 a budget does not allow it, 5 not enough resources in time.`;

const defaultIdleMinutes = 10;
const flag = { type: 'boolean', default: false } as const;

/** Throws `usage.invalid` or `task.empty`. */
export function parseCommand(argv: readonly string[]): Command {
  const [name, ...rest] = argv;
  try {
    return parseNamed(name ?? 'help', rest);
  } catch (error) {
    if (error instanceof RouterError) throw error;
    throw new RouterError('usage.invalid', error instanceof Error ? error.message : String(error));
  }
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
      return { name: 'help' };
    default:
      throw new RouterError('usage.invalid', `There is no command "${name}".`);
  }
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
