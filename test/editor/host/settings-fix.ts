/**
 * Makes code-server's windows follow changes of the user's settings.json, as every other VS Code does. Its
 * workbench knows that file by an address without a host, while the change events that arrive from the server
 * carry one, so the two never match and a change is only seen after a reload. Tests of settings and themes
 * would then test the reload.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const WORKBENCH = ['out', 'vs', 'code', 'browser', 'workbench', 'workbench.js'];
/** The getter of the settings folder's address; only the names of the minifier vary. */
const ADDRESS =
  /(get userRoamingDataHome\(\)\{return \w+\(\w+\.file\(this\.userDataPath\)\.with\(\{scheme:\w+\.vscodeRemote)(?=\}\))/g;

/**
 * Adds the host to the address, in the VS Code installed in `codeDir`.
 * @throws when the place isn't found exactly once: the version has changed, and with it perhaps the need.
 */
export async function letWindowsFollowSettings(codeDir: string): Promise<void> {
  const path = join(codeDir, ...WORKBENCH);
  const source = await readFile(path, 'utf8');
  const places = source.match(ADDRESS)?.length ?? 0;
  if (places !== 1)
    throw new Error(`Expected one address of the settings folder in ${path}, found ${String(places)}.`);
  await writeFile(path, source.replace(ADDRESS, '$1,authority:globalThis.location.host'));
}
