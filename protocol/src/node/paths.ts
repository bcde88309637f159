/**
 * Where everything lies. Daemon, command line and extension compute the same paths from the same environment, so
 * that each finds the others without being told. `TASK_ROUTER_HOME` replaces every folder at once (tests use it).
 */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { type PlatformPath, posix, win32 } from 'node:path';

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
  /** Node's own cache of compiled modules: later starts of the daemon take half the time and a fifth less memory. */
  readonly compileCacheFolder: string;
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
  const path = rulesOf(platform);
  const folders = resolveFolders(env, platform, host);
  return {
    ...folders,
    ...resolveSocket(folders.runtimeFolder, platform, host),
    discoveryFile: path.join(folders.runtimeFolder, 'daemon.json'),
    tokenFile: path.join(folders.runtimeFolder, 'token'),
    lockFile: path.join(folders.runtimeFolder, 'lock.db'),
    demoFile: path.join(folders.runtimeFolder, 'demo.json'),
    configFile: path.join(folders.configFolder, 'config.jsonc'),
    lastGoodConfigFile: path.join(folders.dataFolder, 'config.last-good.jsonc'),
    databaseFile: path.join(folders.dataFolder, 'router.db'),
    compileCacheFolder: path.join(folders.dataFolder, 'compile-cache'),
    logFile: path.join(folders.stateFolder, 'daemon.log'),
    outputFile: path.join(folders.stateFolder, 'daemon.out'),
  };
}

function resolveFolders(env: Environment, platform: NodeJS.Platform, host: Host): Folders {
  const path = rulesOf(platform);
  const home = env['TASK_ROUTER_HOME'];
  if (home !== undefined && home !== '') return inOneFolder(path, path.resolve(home));
  if (platform === 'win32') {
    const local = env['LOCALAPPDATA'] ?? path.join(host.homeFolder, 'AppData', 'Local');
    return inOneFolder(path, path.join(local, app));
  }
  return platform === 'darwin' ? macFolders(host) : xdgFolders(env, host);
}

function inOneFolder(path: PlatformPath, root: string): Folders {
  return {
    runtimeFolder: path.join(root, 'run'),
    dataFolder: path.join(root, 'data'),
    stateFolder: path.join(root, 'logs'),
    configFolder: root,
  };
}

function macFolders(host: Host): Folders {
  const support = posix.join(host.homeFolder, 'Library', 'Application Support', app);
  return {
    runtimeFolder: temporaryFolderOf(host),
    dataFolder: support,
    stateFolder: posix.join(host.homeFolder, 'Library', 'Logs', app),
    configFolder: support,
  };
}

/** The XDG rules; a relative path counts as unset. */
function xdgFolders(env: Environment, host: Host): Folders {
  const absolute = (name: string): string | undefined => {
    const value = env[name];
    return value !== undefined && posix.isAbsolute(value) ? value : undefined;
  };
  const folder = (name: string, ...usual: string[]): string =>
    posix.join(absolute(name) ?? posix.join(host.homeFolder, ...usual), app);
  const session = absolute('XDG_RUNTIME_DIR');
  // Under sudo and in containers the variable often names a folder that does not exist.
  const hasSession = session !== undefined && host.isFolder(session);
  return {
    runtimeFolder: hasSession ? posix.join(session, app) : temporaryFolderOf(host),
    dataFolder: folder('XDG_DATA_HOME', '.local', 'share'),
    stateFolder: folder('XDG_STATE_HOME', '.local', 'state'),
    configFolder: folder('XDG_CONFIG_HOME', '.config'),
  };
}

function temporaryFolderOf(host: Host): string {
  return posix.join(host.temporaryFolder, `${app}-${host.userId}`);
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
  const inTemporary = temporaryFolderOf(host);
  const socketFolder = fits(posix.join(inTemporary, name))
    ? inTemporary
    : temporaryFolderOf({ ...host, temporaryFolder: '/tmp' });
  return { socketFolder, socketPath: posix.join(socketFolder, name) };
}

function rulesOf(platform: NodeJS.Platform): PlatformPath {
  return platform === 'win32' ? win32 : posix;
}

function thisHost(): Host {
  return {
    userId: process.getuid?.().toString() ?? userInfo().username,
    homeFolder: homedir(),
    temporaryFolder: tmpdir(),
    isFolder: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
  };
}
