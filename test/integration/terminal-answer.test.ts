/** Where an answer of markdown is read: shown in a terminal, as it was written in a pipe, and harmless in both. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CliHome, hasTerminals } from '../support/cli.ts';

vi.setConfig({ testTimeout: 60_000 });

let cli: CliHome;
beforeEach(() => {
  cli = new CliHome();
});
afterEach(() => cli.dispose());

const bold = (text: string): string => `\u001b[1m${text}\u001b[22m`;
const task = ['route', 'Write a unit test for a cart.', '--kind', 'test'];

describe.runIf(hasTerminals)('an answer', () => {
  it('is shown in a terminal, and is markdown in a pipe', async () => {
    const shown = await cli.onTerminal(task, { columns: 80 });
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain(`for a task of kind ${bold('test')};`);
    expect(shown.stdout).toContain(bold('What next'));
    // Code is not touched, so that it can be selected and pasted.
    expect(shown.stdout).toContain('\nexport const task = "Write a unit test for a cart.";\n');
    const piped = await cli.run(task);
    expect(piped.stdout).not.toContain('\u001b');
    expect(piped.stdout).toContain('for a task of kind **test**;');
    expect(piped.stdout).toContain('\n## What next\n');
  });

  it.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('is left as it is with %j', async (env) => {
    const { code, stdout } = await cli.onTerminal(task, { columns: 80, env });
    expect([code, stdout.includes('\u001b')]).toEqual([0, false]);
    expect(stdout).toContain('\n## What next\n');
  });
});
