import { describe, expect, it } from 'vitest';
import { type Host, resolvePaths, socketPathBytes } from './paths.ts';

const host: Host = {
  userId: '1000',
  homeFolder: '/home/dev',
  temporaryFolder: '/tmp',
  isFolder: (path) => path === '/run/user/1000',
};

describe('resolvePaths', () => {
  it('follows the XDG folders on Linux', () => {
    const env = { XDG_RUNTIME_DIR: '/run/user/1000', XDG_DATA_HOME: '/data', XDG_CONFIG_HOME: 'relative' };
    expect(resolvePaths(env, 'linux', host)).toMatchObject({
      runtimeFolder: '/run/user/1000/task-router',
      socketFolder: '/run/user/1000/task-router',
      socketPath: '/run/user/1000/task-router/daemon.sock',
      tokenFile: '/run/user/1000/task-router/token',
      discoveryFile: '/run/user/1000/task-router/daemon.json',
      lockFile: '/run/user/1000/task-router/lock.db',
      databaseFile: '/data/task-router/router.db',
      logFile: '/home/dev/.local/state/task-router/daemon.log',
      configFile: '/home/dev/.config/task-router/config.jsonc',
    });
  });

  it('has a private temporary folder per user where there is no session folder', () => {
    const paths = resolvePaths({ XDG_RUNTIME_DIR: '/run/user/0' }, 'linux', host);
    expect(paths.runtimeFolder).toBe('/tmp/task-router-1000');
    expect(resolvePaths({}, 'linux', host).runtimeFolder).toBe('/tmp/task-router-1000');
  });

  it('uses Library on macOS', () => {
    const mac = { ...host, homeFolder: '/Users/dev', temporaryFolder: '/var/folders/ab/cdef/T' };
    expect(resolvePaths({}, 'darwin', mac)).toMatchObject({
      runtimeFolder: '/var/folders/ab/cdef/T/task-router-1000',
      configFile: '/Users/dev/Library/Application Support/task-router/config.jsonc',
      logFile: '/Users/dev/Library/Logs/task-router/daemon.log',
    });
  });

  it('uses LOCALAPPDATA and a named pipe on Windows', () => {
    const windows = { ...host, homeFolder: 'C:\\Users\\dev', temporaryFolder: 'C:\\Temp' };
    expect(resolvePaths({ LOCALAPPDATA: 'D:\\Local' }, 'win32', windows)).toMatchObject({
      runtimeFolder: 'D:\\Local\\task-router\\run',
      socketPath: '\\\\.\\pipe\\task-router-',
      configFile: 'D:\\Local\\task-router\\config.jsonc',
    });
    expect(resolvePaths({}, 'win32', windows).configFolder).toBe(
      'C:\\Users\\dev\\AppData\\Local\\task-router',
    );
  });

  it.each(['linux', 'darwin'] as const)('puts everything into TASK_ROUTER_HOME on %s', (platform) => {
    const env = { TASK_ROUTER_HOME: '/srv/home', XDG_DATA_HOME: '/data', XDG_RUNTIME_DIR: '/run/user/1000' };
    const { socketFolder, ...paths } = resolvePaths(env, platform, host);
    expect(socketFolder).toBe('/srv/home/run');
    expect(Object.values(paths).every((path) => path.startsWith('/srv/home'))).toBe(true);
    expect(paths.configFile).toBe('/srv/home/config.jsonc');
  });

  it('gives a home with a long name a short socket path of its own', () => {
    const [one, two] = ['a', 'b'].map((name) => {
      return resolvePaths({ TASK_ROUTER_HOME: `/${name.repeat(150)}` }, 'linux', host);
    });
    expect(one?.socketPath).toMatch(/^\/tmp\/task-router-1000\/[0-9a-f]{16}\.sock$/);
    expect(one?.socketFolder).toBe('/tmp/task-router-1000');
    expect(one?.socketPath).not.toBe(two?.socketPath);
    const deep = { ...host, temporaryFolder: `/${'t'.repeat(200)}` };
    const { socketPath } = resolvePaths({ TASK_ROUTER_HOME: `/${'a'.repeat(150)}` }, 'linux', deep);
    expect(Buffer.byteLength(socketPath)).toBeLessThanOrEqual(socketPathBytes);
  });
});
