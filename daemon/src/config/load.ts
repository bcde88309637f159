/**
 * From the text of `config.jsonc` to a configuration, or to everything that is wrong with it, each with its place.
 * The daemon loads its configuration with this function and the editor's diagnostics come from it too, so that what
 * is underlined is exactly what is refused.
 */
import { type Node, type ParseError, findNodeAtLocation, getNodeValue, parseTree } from 'jsonc-parser';
import type { core } from 'zod';
import { type Config, configSchema, limits } from '@task-router/protocol';
import { forbiddenAddressIn } from '../platform/addresses.ts';
import { configProblemAt, type FileProblem, type Place } from './problem.ts';
import { findDuplicateKeys, isTooDeep } from './syntax.ts';
import { KnownKeys, nearestKey } from './known-keys.ts';

export type ParsedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

/** More than a person reads at once; the rest shows up when these are mended. */
const maxProblems = 100;

/** Never throws. Text that is empty but for comments is malformed: an editor may be in the middle of saving. */
export function parseConfig(text: string): ParsedConfig {
  if (Buffer.byteLength(text) > limits.configBytes) {
    return refused([configProblemAt(text, 'config.tooLarge', 'config.jsonc is larger than 1 MB.', start)]);
  }
  if (isTooDeep(text)) {
    return refused([malformed(text, 'The brackets are nested too deep.', start)]);
  }
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  if (root === undefined || errors.length > 0) return refused(syntaxProblems(text, errors));
  const duplicates = findDuplicateKeys(root);
  if (duplicates.length > 0) {
    return refused(
      duplicates
        .slice(0, maxProblems)
        .map((key) =>
          malformed(text, `The key "${String(key.value)}" stands twice in the same object.`, key),
        ),
    );
  }
  const parsed = configSchema.safeParse(getNodeValue(root));
  const mistakes = (
    parsed.success ? forbiddenAddresses(parsed.data) : parsed.error.issues.flatMap(mistakesOf)
  ).slice(0, maxProblems);
  if (parsed.success && mistakes.length === 0) return { ok: true, config: parsed.data };
  const document = { text, root, knownKeys: new KnownKeys() };
  return refused(mistakes.map((mistake) => describeMistake(document, mistake)));
}

const start: Place = { offset: 0, length: 1 };

function refused(problems: readonly FileProblem[]): ParsedConfig {
  return { ok: false, problems };
}

function malformed(text: string, message: string, place: Place): FileProblem {
  return configProblemAt(text, 'config.malformed', message, place);
}

/** The parser's error codes in words; the place says the rest. */
const syntaxMessages: Readonly<Record<number, string>> = {
  1: 'This is not a JSON value.',
  2: 'This is not a number that JSON knows.',
  3: 'A property name in double quotes is expected here.',
  4: 'A value is expected here.',
  5: 'A colon is expected here.',
  6: 'A comma is expected here.',
  7: 'A closing brace is expected here.',
  8: 'A closing bracket is expected here.',
  9: 'The file should end here.',
  11: 'The comment does not end.',
  12: 'The string does not end.',
  13: 'The number does not end.',
  14: 'The \\u escape is not complete.',
  15: 'This character can’t be escaped.',
  16: 'This character is not allowed in JSON.',
};

function syntaxProblems(text: string, errors: readonly ParseError[]): FileProblem[] {
  if (errors.length === 0) return [malformed(text, 'The file is empty.', start)];
  return errors.slice(0, maxProblems).map((error) =>
    malformed(text, syntaxMessages[error.error] ?? 'This is not valid JSON.', {
      offset: error.offset,
      length: Math.max(1, error.length),
    }),
  );
}

interface Document {
  readonly text: string;
  readonly root: Node;
  readonly knownKeys: KnownKeys;
}

type Path = readonly (string | number)[];
/** A key that should not be there, or a value that is wrong (`message` is the schema's). */
type Mistake =
  { readonly path: Path; readonly unknownKey: string } | { readonly path: Path; readonly message: string };

function mistakesOf(issue: core.$ZodIssue): Mistake[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  return issue.keys.map((unknownKey) => ({ path, unknownKey }));
}

/** Nodes that could never be called: said where the address is written, not when the first call fails. */
function forbiddenAddresses({ nodes }: Config): Mistake[] {
  return nodes.flatMap(({ baseUrl }, index) => {
    const address = forbiddenAddressIn(baseUrl ?? '');
    if (address === null) return [];
    const message = `${address} is a link-local or reserved address, or a cloud's metadata service; no call goes there. Write the address under which the model server itself is reached.`;
    return [{ path: ['nodes', index, 'baseUrl'], message }];
  });
}

function describeMistake({ text, root, knownKeys }: Document, mistake: Mistake): FileProblem {
  const { path } = mistake;
  if (!('unknownKey' in mistake)) {
    const where = path.length === 0 ? 'The file' : printPath(path);
    return configProblemAt(
      text,
      'config.invalidValue',
      `${where}: ${mistake.message}`,
      nearestNode(root, path),
    );
  }
  const key = mistake.unknownKey;
  const nearest = nearestKey(key, knownKeys.at(path))?.key ?? null;
  const where = path.length === 0 ? '' : ` in ${printPath(path)}`;
  const hint = nearest === null ? '.' : `; the nearest known key is "${nearest}".`;
  const message = `Unknown key ${JSON.stringify(shorten(key))}${where}${hint}`;
  return configProblemAt(text, 'config.unknownKey', message, keyNode(nearestNode(root, [...path, key])));
}

/** The key of the property that has this value. */
function keyNode(value: Node): Node {
  return (value.parent?.type === 'property' ? value.parent.children?.[0] : undefined) ?? value;
}

/** The value at the path; a missing one is shown at what should contain it. */
function nearestNode(root: Node, path: Path): Node {
  for (let length = path.length; length > 0; length -= 1) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    if (node !== undefined) return node;
  }
  return root;
}

/** `nodes[0].baseUrl`, as a developer would write it. */
function printPath(path: Path): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join('');
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
