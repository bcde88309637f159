/**
 * Where everything lies. Daemon, command line and extension compute the same paths from the same environment, so
 * that each finds the others without being told. `TASK_ROUTER_HOME` replaces every folder at once (tests use it).
 */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { posix, win32 } from 'node:path';

const app = 'task-router';

/** `sun_path` of macOS has room for 104 bytes including the final zero; Linux has a few more. */
export const socketPathBytes = 103;

export interface Paths {
  /** Socket, lock, discovery file and token; only its owner may enter. */
  readonly runtimeFolder: string;
  /** Folder of the socket: the runtime folder, or a shorter private one when the path would be too long. */
  readonly socketFolder: string;
  readonly dataFolder: string;
  readonly stateFolder: string;
  readonly configFolder: string;

  readonly discoveryFile: string;
  readonly tokenFile: string;
  /** Unix: the socket. Windows: the first part of the pipe's name, to which each start adds a random one. */
  readonly socketPath: string;
  readonly lockFile: string;
  /** Where a running demo fleet makes itself known. */
  readonly demoFile: string;
  readonly configFile: string;
  /** Copy of the configuration that was last in force, for a start with a broken `config.jsonc`. */
  readonly lastGoodConfigFile: string;
  readonly databaseFile: string;
  readonly logFile: string;
  /** What a daemon prints outside its log, for example when it dies in native code. */
  readonly outputFile: string;
}

/** What the operating system says; an argument, so that every platform's rules can be tested on any other. */
export interface Host {
  readonly userId: string;
  readonly homeFolder: string;
  readonly temporaryFolder: string;
  readonly isFolder: (path: string) => boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Folders = Pick<Paths, 'runtimeFolder' | 'dataFolder' | 'stateFolder' | 'configFolder'>;

export function resolvePaths(
  env: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
  host: Host = thisHost(),
): Paths {
  const { join } = platform === 'win32' ? win32 : posix;
  const folders = resolveFolders(env, platform, host);
  return {
    ...folders,
    ...resolveSocket(folders.runtimeFolder, platform, host),
    discoveryFile: join(folders.runtimeFolder, 'daemon.json'),
    tokenFile: join(folders.runtimeFolder, 'token'),
    lockFile: join(folders.runtimeFolder, 'lock.db'),
    demoFile: join(folders.runtimeFolder, 'demo.json'),
    configFile: join(folders.configFolder, 'config.jsonc'),
    lastGoodConfigFile: join(folders.dataFolder, 'config.last-good.jsonc'),
    databaseFile: join(folders.dataFolder, 'router.db'),
    logFile: join(folders.stateFolder, 'daemon.log'),
    outputFile: join(folders.stateFolder, 'daemon.out'),
  };
}

function resolveFolders(env: Environment, platform: NodeJS.Platform, host: Host): Folders {
  const { join, resolve, isAbsolute } = platform === 'win32' ? win32 : posix;
  const home = env['TASK_ROUTER_HOME'];
  if (home !== undefined && home !== '') {
    const root = resolve(home);
    return {
      runtimeFolder: join(root, 'run'),
      dataFolder: join(root, 'data'),
      stateFolder: join(root, 'logs'),
      configFolder: root,
    };
  }
  const temporary = join(host.temporaryFolder, `${app}-${host.userId}`);
  if (platform === 'win32') {
    const local = join(env['LOCALAPPDATA'] ?? join(host.homeFolder, 'AppData', 'Local'), app);
    return {
      runtimeFolder: join(local, 'run'),
      dataFolder: join(local, 'data'),
      stateFolder: join(local, 'logs'),
      configFolder: local,
    };
  }
  if (platform === 'darwin') {
    const support = join(host.homeFolder, 'Library', 'Application Support', app);
    return {
      runtimeFolder: temporary,
      dataFolder: support,
      stateFolder: join(host.homeFolder, 'Library', 'Logs', app),
      configFolder: support,
    };
  }
  // The XDG rules: a relative path counts as unset.
  const xdg = (name: string, ...fallback: string[]): string => {
    const value = env[name];
    const base = value !== undefined && isAbsolute(value) ? value : join(host.homeFolder, ...fallback);
    return join(base, app);
  };
  const session = env['XDG_RUNTIME_DIR'];
  // Under sudo and in containers the variable often names a folder that does not exist.
  const hasSession = session !== undefined && isAbsolute(session) && host.isFolder(session);
  return {
    runtimeFolder: hasSession ? join(session, app) : temporary,
    dataFolder: xdg('XDG_DATA_HOME', '.local', 'share'),
    stateFolder: xdg('XDG_STATE_HOME', '.local', 'state'),
    configFolder: xdg('XDG_CONFIG_HOME', '.config'),
  };
}

function resolveSocket(
  runtimeFolder: string,
  platform: NodeJS.Platform,
  host: Host,
): Pick<Paths, 'socketFolder' | 'socketPath'> {
  if (platform === 'win32') {
    return { socketFolder: runtimeFolder, socketPath: `\\\\.\\pipe\\${app}-` };
  }
  const fits = (path: string): boolean => Buffer.byteLength(path) <= socketPathBytes;
  const usual = posix.join(runtimeFolder, 'daemon.sock');
  if (fits(usual)) return { socketFolder: runtimeFolder, socketPath: usual };
  // Too long a home: a private folder with a short name, one socket per runtime folder.
  const name = `${createHash('sha256').update(runtimeFolder).digest('hex').slice(0, 16)}.sock`;
  const inTemporary = posix.join(host.temporaryFolder, `${app}-${host.userId}`);
  const socketFolder = fits(posix.join(inTemporary, name))
    ? inTemporary
    : posix.join('/tmp', `${app}-${host.userId}`);
  return { socketFolder, socketPath: posix.join(socketFolder, name) };
}

function thisHost(): Host {
  return {
    userId: process.getuid?.().toString() ?? userInfo().username,
    homeFolder: homedir(),
    temporaryFolder: tmpdir(),
    isFolder: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
  };
}
