/**
 * From settings to policy layers: one layer for each level that says something, never merged here, so that the
 * daemon's decision can name the setting that decided. A value of the wrong shape is an error, not a missing value:
 * a misspelt "local only" must not send code to a cloud.
 */
import { RouterError, policySchema, type Policy, type PolicyLayer } from '@task-router/protocol';
import { policyKeys, policySection, type PolicyKey } from '../contributions.ts';

/** One setting as written at each level; undefined where it is not written. */
export interface InspectedSetting {
  readonly user: unknown;
  readonly workspace: unknown;
  readonly folder: unknown;
}

export interface InspectedPolicy {
  readonly values: Readonly<Record<PolicyKey, InspectedSetting>>;
  /** Name of the workspace when the window has a workspace file; null in a window of one folder or none. */
  readonly workspaceName: string | null;
  /** Name of the folder that the task belongs to; null outside every folder. */
  readonly folderName: string | null;
}

const userLayerName = 'User settings';

/**
 * Widest level first.
 * @throws RouterError `config.invalidValue` naming level and setting
 */
export function policyLayers(inspected: InspectedPolicy): PolicyLayer[] {
  const { workspaceName, folderName, values } = inspected;
  const layers: (PolicyLayer | undefined)[] = [layer({ level: 'user', name: userLayerName }, values, 'user')];
  if (workspaceName !== null) {
    layers.push(layer({ level: 'workspace', name: workspaceName }, values, 'workspace'));
    if (folderName !== null) layers.push(layer({ level: 'folder', name: folderName }, values, 'folder'));
  } else if (folderName !== null) {
    // The settings file of a single folder is what the editor calls the workspace's.
    layers.push(layer({ level: 'folder', name: folderName }, values, 'workspace'));
  } else {
    layers.push(layer({ level: 'workspace', name: 'Workspace settings' }, values, 'workspace'));
  }
  return layers.filter((each) => each !== undefined);
}

type Place = Pick<PolicyLayer, 'level' | 'name'>;

function layer(
  place: Place,
  values: InspectedPolicy['values'],
  level: keyof InspectedSetting,
): PolicyLayer | undefined {
  const said = policyKeys.flatMap((key) => {
    const value = values[key][level];
    // null is how a settings file takes a default back.
    return value === undefined || value === null ? [] : [[key, checked(place, key, value)] as const];
  });
  if (said.length === 0) return undefined;
  return { ...place, policy: policySchema.parse(Object.fromEntries(said)) };
}

function checked(place: Place, key: PolicyKey, value: unknown): Policy[PolicyKey] {
  const result = policySchema.shape[key].safeParse(value);
  if (result.success) return result.data;
  const why = result.error.issues[0]?.message ?? 'not understood';
  throw new RouterError(
    'config.invalidValue',
    `${placeName(place)}: ${policySection}.${key} is not valid (${why}). The task was not sent.`,
    {
      next: 'Correct the setting and route the task again.',
      details: { setting: `${policySection}.${key}` },
    },
  );
}

function placeName(place: Place): string {
  switch (place.level) {
    case 'user':
      return place.name;
    case 'workspace':
      return `Workspace "${place.name}"`;
    case 'folder':
      return `Folder "${place.name}"`;
    case 'task':
      return 'This task';
  }
}
