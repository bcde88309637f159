/**
 * The configuration in force. A file that can't be read or is wrong changes nothing: what was last good stays, also
 * over a restart of the daemon, because a copy of it is kept. Nothing watches the file: it is looked at when a task
 * is routed, when health is asked for and when the editor has saved it.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Config, type ConfigProblem, RouterError, configSchema, limits } from '@task-router/protocol';
import { readBoundedFile, writePrivateFile } from '@task-router/protocol/node';
import { fileSignature } from '../platform/file-signature.ts';
import type { Logger } from '../platform/logger.ts';
import { parseConfig } from './load.ts';
import { toConfigProblem } from './problem.ts';

export interface ConfigFile {
  /** Always usable. */
  current(): Config;
  /** What is wrong with the file as it stands; empty when it is in force. */
  problems(): readonly ConfigProblem[];
  /** Looks at the file's times and size, and reads it when they differ. True when anything changed. */
  reloadIfChanged(): boolean;
  /** Called after the configuration or its problems changed. Returns how to stop listening. */
  onDidChange(listener: () => void): () => void;
}

type Read =
  { readonly config: Config; readonly text: string | null } | { readonly problems: readonly ConfigProblem[] };

/** Where nothing good was ever seen, a broken file must not open what it may have meant to close. */
const untilMended = 'until then only models on this machine are used.';

export function createConfigFile(parts: {
  readonly path: string;
  readonly lastGoodPath: string;
  readonly log: Logger;
}): ConfigFile {
  const { path, lastGoodPath, log } = parts;
  const listeners = new Set<() => void>();
  let signature = fileSignature(path);
  const first = readConfig(path);
  let { config, problems } =
    'config' in first ? { config: first.config, problems: [] } : startWithout(first.problems);
  if ('config' in first) keepCopy(first.text);

  function startWithout(broken: readonly ConfigProblem[]): {
    config: Config;
    problems: readonly ConfigProblem[];
  } {
    const kept = readConfig(lastGoodPath);
    log.warn('config.jsonc is not usable', {
      problems: broken,
      lastGood: 'config' in kept && kept.text !== null,
    });
    if ('config' in kept && kept.text !== null) return { config: kept.config, problems: broken };
    const closed = configSchema.parse({ policy: { localOnly: true } });
    const closedProblems = broken.map((problem) => ({
      ...problem,
      next: problem.next.replace('the last good configuration stays in force.', untilMended),
    }));
    return { config: closed, problems: closedProblems };
  }

  function keepCopy(text: string | null): void {
    if (text === null) return;
    try {
      if (readBoundedFile(lastGoodPath, limits.configBytes) === text) return;
      mkdirSync(dirname(lastGoodPath), { recursive: true, mode: 0o700 });
      writePrivateFile(lastGoodPath, text);
    } catch (error) {
      log.warn('the last good configuration could not be kept', { error });
    }
  }

  function apply(read: Read): void {
    if ('config' in read) {
      config = read.config;
      problems = [];
      keepCopy(read.text);
      log.info('config.jsonc is in force', { nodes: config.nodes.length });
    } else {
      problems = read.problems;
      log.warn('config.jsonc is not usable', { problems });
    }
    for (const listener of listeners) listener();
  }

  return {
    current: () => config,
    problems: () => problems,
    reloadIfChanged() {
      const now = fileSignature(path);
      if (now === signature) return false;
      signature = now;
      apply(readConfig(path));
      return true;
    },
    onDidChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** A missing file is an empty configuration; `text` is null then. */
function readConfig(path: string): Read {
  try {
    const text = readBoundedFile(path, limits.configBytes)?.replace(/^\uFEFF/, '') ?? null;
    if (text === null) return { config: configSchema.parse({}), text };
    const parsed = parseConfig(text);
    return parsed.ok ? { config: parsed.config, text } : { problems: parsed.problems.map(toConfigProblem) };
  } catch (error) {
    return { problems: [{ ...readFailure(error).toWire(), line: null }] };
  }
}

function readFailure(error: unknown): RouterError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
  return code === 'EFBIG'
    ? new RouterError('config.tooLarge', 'config.jsonc is larger than 1 MB.')
    : new RouterError('config.unreadable', `config.jsonc could not be read (${code}).`);
}
