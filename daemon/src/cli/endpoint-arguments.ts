/** The grammar of `connect` and `keys`. */
import { parseArgs } from 'node:util';
import type { ToolId, ToolKeyChoice } from '@task-router/protocol';
import { RouterError, toolIds } from '@task-router/protocol';
import type { KeysCommand } from './commands/keys.ts';

export interface ConnectArguments {
  /** null: list them. */
  readonly tool: ToolId | null;
  /** null: after the tool. */
  readonly keyName: string | null;
  /** What becomes of a key that the tool holds already; null: nothing was said. */
  readonly choice: ToolKeyChoice | null;
  /** Also ask a model for a word. */
  readonly tries: boolean;
  readonly json: boolean;
}

const flag = { type: 'boolean', default: false } as const;

/** Throws `usage.invalid`. */
export function parseConnect(args: string[]): ConnectArguments {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { key: { type: 'string' }, replace: flag, another: flag, try: flag, json: flag },
  });
  const [asked, ...more] = positionals;
  const tool = toolIds.find((each) => each === asked) ?? null;
  if (more.length > 0 || (asked !== undefined && tool === null))
    throw new RouterError('usage.invalid', `Name one tool of these: ${toolIds.join(', ')}.`);
  return {
    ...{ tool, keyName: values.key ?? null, choice: parseChoice(values) },
    ...{ tries: values.try, json: values.json },
  };
}

function parseChoice({ replace, another }: { replace: boolean; another: boolean }): ToolKeyChoice | null {
  if (replace && another)
    throw new RouterError('usage.invalid', '--replace ends the old key, --another keeps it: say one.');
  if (replace) return 'replace';
  return another ? 'another' : null;
}

/** Throws `usage.invalid`. */
export function parseKeys(args: string[]): KeysCommand {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      budget: { type: 'string' },
      'local-only': flag,
      allow: { type: 'string', multiple: true, default: [] },
      json: flag,
    },
  });
  const { json } = values;
  const [action, subject] = positionals;
  const hasWish = values.budget !== undefined || values['local-only'] || values.allow.length > 0;
  const isWhole = positionals.length === (action === undefined ? 0 : 2);
  if (!isWhole || (hasWish && action !== 'create'))
    throw new RouterError('usage.invalid', 'keys takes nothing, create NAME, or revoke ID.');
  if (action === undefined) return { action: 'list', json };
  if (action === 'revoke') return { action, id: subject ?? '', json };
  if (action !== 'create')
    throw new RouterError('usage.invalid', `keys can create and revoke, not "${action}".`);
  return {
    ...{ action, toolName: subject ?? '', dailyBudgetUsd: parseUsd('--budget', values.budget), json },
    localOnly: values['local-only'],
    allow: values.allow,
  };
}

/** US dollars; null: not given. Throws `usage.invalid`. */
export function parseUsd(option: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const usd = Number(text);
  if (text.trim() !== '' && usd >= 0 && usd <= 10_000) return usd;
  throw new RouterError('usage.invalid', `${option} takes an amount in US dollars, up to 10000.`);
}
