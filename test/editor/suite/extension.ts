/** Task Router as an installed extension, and what it says about itself. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { commands, env, extensions, type Extension } from 'vscode';
import * as z from 'zod';

const patienceMs = 30_000;
const pollMs = 100;

/** The part of Copy Diagnostics that the suites look at. */
const diagnosticsSchema = z.object({
  connection: z.string(),
  nodes: z.array(z.object({ provider: z.string(), routes: z.array(z.object({ routeId: z.string() })) })),
  tasks: z.array(
    z.object({
      route: z.string().nullable(),
      status: z.string(),
      error: z.string().nullable(),
      transitions: z.array(z.object({ from: z.string(), to: z.string(), cause: z.string() })),
    }),
  ),
});
export type Diagnostics = z.infer<typeof diagnosticsSchema>;

export function taskRouter(): Extension<unknown> {
  const found = extensions.getExtension('task-router.task-router');
  assert.ok(found, 'Task Router is not installed');
  return found;
}

/** Asks for diagnostics until they are as `isWanted` wants them. */
export async function diagnosticsWhen(
  what: string,
  isWanted: (diagnostics: Diagnostics) => boolean,
): Promise<Diagnostics> {
  const deadlineMs = performance.now() + patienceMs;
  let text = '';
  while (performance.now() < deadlineMs) {
    await commands.executeCommand('taskRouter.copyDiagnostics');
    text = await env.clipboard.readText();
    const diagnostics = diagnosticsSchema.parse(JSON.parse(text));
    if (isWanted(diagnostics)) return diagnostics;
    await delay(pollMs);
  }
  assert.fail(`Waited in vain for ${what}; the last diagnostics: ${text}`);
}
