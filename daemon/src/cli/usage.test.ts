/** The grammar's mistakes end in words that help: the right name, the right part of the usage. */
import { describe, expect, it } from 'vitest';
import { RouterError } from '@task-router/protocol';
import { parseCommand } from './arguments.ts';
import { usage, usageOf } from './usage.ts';

function problem(...argv: string[]): string {
  try {
    parseCommand(argv);
  } catch (error) {
    if (error instanceof RouterError) return `${error.message} ${error.next}`;
    throw error;
  }
  return 'no problem';
}

describe('help', () => {
  it.each([
    [[], null],
    [['help'], null],
    [['--help'], null],
    [['help', 'route'], 'route'],
    [['route', '--help'], 'route'],
    [['keys', 'create', '-h'], 'keys'],
  ] as const)('%j is help of %j', (argv, of) => {
    expect(parseCommand([...argv])).toEqual({ name: 'help', of });
  });

  it('is no help where it is text', () => {
    expect(parseCommand(['route', '--', '--help'])).toMatchObject({ name: 'route', prompt: '--help' });
  });

  it('tells of one command all there is, and of no other', () => {
    expect(usageOf('keys')).toMatch(/keys create NAME[^]*keys revoke ID/);
    expect(usageOf('keys')).not.toMatch(/serve|Exit codes/);
    expect(usageOf('nothing')).toBeNull();
    expect(usage).toContain('Exit codes');
  });
});

describe('a misspelt word', () => {
  it.each([
    [['rout', 'x'], 'There is no command "rout"; did you mean "route"?'],
    [['elsewhere'], 'There is no command "elsewhere". Run'],
    [['help', 'drills'], 'did you mean "drill"?'],
    [['route', '--jsn', 'x'], 'route has no option --jsn; did you mean "--json"?'],
    [['route', '--wholly-unknown', 'x'], 'goes after a lone --.'],
    [['drill', '--liv'], 'drill has no option --liv; did you mean "--live"? Run `task-router help drill`'],
    [['serve', '--idle-minutes', 'soon'], 'Run `task-router help serve`'],
  ] as const)('%j', (argv, expected) => expect(problem(...argv)).toContain(expected));
});
