/**
 * The error catalogue: every stable code with its JSON-RPC number, whose fault it is, and what to do next.
 * docs/errors.md lists the same codes; a test compares both ways.
 */
import type { WireError } from './data/outcome.ts';

export interface ErrorEntry {
  /** JSON-RPC error number, unique, outside the reserved ranges. */
  readonly number: number;
  /** `user`: the developer can mend it. `system`: something outside or inside failed. */
  readonly fault: 'user' | 'system';
  /** Whether the same request may succeed later without any change. */
  readonly retryable: boolean;
  /** Default next step; a more specific one may replace it. */
  readonly next: string;
}

function entry(number: number, fault: ErrorEntry['fault'], retryable: boolean, next: string): ErrorEntry {
  return { number, fault, retryable, next };
}

export const errorCatalog = {
  'usage.invalid': entry(1001, 'user', false, 'Run `task-router --help` to see the commands and options.'),
  'request.invalid': entry(1002, 'system', false, 'Update the extension and the daemon to the same version.'),
  'internal.unexpected': entry(
    1003,
    'system',
    true,
    'Try again; if it stays, run "Task Router: Show Log" and report what it says.',
  ),
  'task.empty': entry(1010, 'user', false, 'Say in a sentence what should be done.'),
  'task.promptTooLong': entry(
    1011,
    'user',
    false,
    'Shorten the task, or put the text into a file and name it.',
  ),
  'task.contextTooLarge': entry(1012, 'user', false, 'Select the part that matters and route that.'),
  'task.fileNotFound': entry(
    1013,
    'user',
    false,
    'Check the path; it is read relative to the current folder.',
  ),
  'task.fileOutsideFolder': entry(1014, 'user', false, 'Name files inside the current folder only.'),
  'task.fileBinary': entry(1015, 'user', false, 'Name a text file.'),
  'task.fileSecret': entry(
    1016,
    'user',
    false,
    'Files that hold secrets are never sent; copy the harmless part.',
  ),
  'task.notFound': entry(1017, 'user', false, 'The task has ended too long ago; start it again.'),
  'task.untrusted': entry(
    1018,
    'user',
    false,
    'Trust the workspace first ("Workspaces: Manage Workspace Trust").',
  ),
  'task.tooMany': entry(1019, 'user', true, 'Wait for a running task to end, or cancel one.'),
  'route.none': entry(
    1020,
    'user',
    false,
    'Add a provider key, point at a local server, or start the demo fleet; the decision card says what each route lacks.',
  ),
  'route.allFailed': entry(
    1021,
    'system',
    true,
    'The failovers tell the causes; retry when a route is back.',
  ),
  'route.incomplete': entry(
    1024,
    'system',
    true,
    'Take the answer up again where it broke off (Resume), or retry it from the start.',
  ),
  'route.pinUnknown': entry(1022, 'user', false, 'Pick one of the routes that `task-router health` lists.'),
  'route.interrupted': entry(1023, 'system', true, 'The daemon ended during the task; route it again.'),
  'decision.notFound': entry(
    1030,
    'user',
    false,
    'List the stored decisions with "Task Router: Explain Last Route" or `task-router history --export jsonl`.',
  ),
  'provider.keyRejected': entry(
    1040,
    'user',
    false,
    'Enter a valid key with "Task Router: Add Provider Key".',
  ),
  'provider.unreachable': entry(
    1041,
    'user',
    true,
    'Check that the server runs and that its address is right.',
  ),
  'provider.nodeUnknown': entry(
    1042,
    'user',
    false,
    'Add the node to config.jsonc, or use openai, anthropic or google.',
  ),
  'health.targetUnknown': entry(
    1045,
    'user',
    false,
    'Name a route or a node as `task-router health` lists it.',
  ),
  'health.tooSoon': entry(
    1046,
    'user',
    true,
    'Wait for the time that the message names; enabling and undoing are possible at any time.',
  ),
  'health.lastRoute': entry(
    1047,
    'user',
    false,
    'Agree to it in the editor, or with --yes; or enable another route first.',
  ),
  'health.nodeHeld': entry(1048, 'user', false, 'Enable the node; its routes come back with it.'),
  'config.unreadable': entry(
    1050,
    'user',
    false,
    'Check the file’s permissions; the last good configuration stays in force.',
  ),
  'config.malformed': entry(
    1051,
    'user',
    false,
    'Correct the JSON; the last good configuration stays in force.',
  ),
  'config.unknownKey': entry(
    1052,
    'user',
    false,
    'Correct the key; the last good configuration stays in force.',
  ),
  'config.invalidValue': entry(
    1053,
    'user',
    false,
    'Correct the value; the last good configuration stays in force.',
  ),
  'config.tooLarge': entry(1054, 'user', false, 'Keep config.jsonc below 1 MB.'),
  'daemon.unreachable': entry(
    1060,
    'system',
    true,
    'Run "Task Router: Restart Daemon", or see "Task Router: Show Log".',
  ),
  'daemon.startFailed': entry(
    1061,
    'system',
    true,
    'See the daemon’s log; "Task Router: Show Log" opens it.',
  ),
  'daemon.protocolVersion': entry(
    1062,
    'user',
    false,
    'Update the extension in this window, or stop the old daemon.',
  ),
  'daemon.runtimeFolderUnsafe': entry(
    1063,
    'user',
    false,
    'Remove the folder or give it back to your user with mode 0700.',
  ),
  'daemon.notRunning': entry(1064, 'user', false, 'None is needed: one starts by itself with the next task.'),
  'daemon.nodeVersion': entry(1065, 'user', false, 'Run with Node 22.14 or newer.'),
  'daemon.tooManyConnections': entry(1066, 'system', true, 'Close a window or end a stuck client.'),
  'budget.exceeded': entry(
    1090,
    'user',
    true,
    'Wait until the budget begins anew, raise it (in config.jsonc; a tool’s own with a new key), or route to a free or local model.',
  ),
  'budget.priceUnknown': entry(
    1091,
    'user',
    false,
    'Write the model’s prices into config.jsonc, or make the budget soft ("hard": false).',
  ),
  'resources.shortage': entry(1092, 'user', true, 'Try again after the time that the message names.'),
  'resources.waitedTooLong': entry(
    1093,
    'user',
    true,
    'Try again later, or give the task more time or another route.',
  ),
  'store.unavailable': entry(
    1070,
    'system',
    true,
    'History is off for now; free disk space or mend the folder’s permissions.',
  ),
  'endpoint.keyRejected': entry(
    1100,
    'user',
    false,
    'Make a key with "Task Router: Connect Another Tool" or `task-router connect`, and give it to the tool.',
  ),
  'endpoint.refused': entry(
    1101,
    'user',
    false,
    'Only programs of this machine may ask, directly at 127.0.0.1; web pages and proxies may not.',
  ),
  'endpoint.notFound': entry(
    1102,
    'user',
    false,
    'Use /v1/chat/completions, /v1/messages, /v1/messages/count_tokens or /v1/models.',
  ),
  'endpoint.requestTooLarge': entry(1103, 'user', false, 'Shorten the conversation, or send smaller files.'),
  'endpoint.badRequest': entry(1104, 'user', false, 'Correct the request; the message names the place.'),
  'endpoint.busy': entry(
    1105,
    'user',
    true,
    'Try again in a moment, or let the tool ask fewer things at once.',
  ),
  'endpoint.loop': entry(
    1106,
    'user',
    false,
    'Point the node that leads back here at a model server, or remove it from config.jsonc.',
  ),
  'endpoint.portTaken': entry(
    1107,
    'user',
    true,
    'End the program that has the port, or choose another one: "endpoint": { "port": … } in config.jsonc, or the setting taskRouter.endpoint.port.',
  ),
  'endpoint.keyNotFound': entry(1108, 'user', false, 'List the keys with `task-router keys`.'),
  'endpoint.tooManyKeys': entry(
    1109,
    'user',
    false,
    'Revoke keys that no tool uses any more: `task-router keys`.',
  ),
  'endpoint.off': entry(
    1110,
    'user',
    false,
    'Switch it on: "endpoint": { "enabled": true } in config.jsonc, or the setting taskRouter.endpoint.enabled.',
  ),
  'editor.noEditor': entry(1080, 'user', false, 'Open a file first, or start without context.'),
  'editor.consentNeeded': entry(
    1081,
    'user',
    false,
    'Route the task from the editor so that it can ask for your consent.',
  ),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorCatalog;

/** An error with a stable code, fit to be shown to a developer. `message` never holds a key or a stack trace. */
export class RouterError extends Error {
  readonly code: ErrorCode;
  readonly next: string;
  /** Machine-readable detail that is part of the contract of this code. */
  readonly details: unknown;
  /** When the same request may succeed, in ms from now; null: not known, or never. */
  readonly retryAfterMs: number | null;

  constructor(
    code: ErrorCode,
    message: string,
    options: { next?: string; details?: unknown; retryAfterMs?: number | null; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RouterError';
    this.code = code;
    this.next = options.next ?? errorCatalog[code].next;
    this.details = options.details;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }

  toWire(): WireError {
    const { code, message, next, retryAfterMs } = this;
    return { code, message, next, ...(retryAfterMs !== null && { retryAfterMs }) };
  }
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCatalog, code);
}

/** Any thrown value as something that can be shown: unknown ones lose their text, which may hold anything. */
export function toRouterError(thrown: unknown): RouterError {
  if (thrown instanceof RouterError) return thrown;
  return new RouterError('internal.unexpected', 'Something unexpected failed inside Task Router.', {
    cause: thrown,
  });
}
