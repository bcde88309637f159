/**
 * Merges policy layers, widest first. Restrictions only ever add up: a route must be on every allow list, on no deny
 * list, local if any layer says so, within every cost cap, and above every quality floor. So a lower layer can tighten
 * and never loosen.
 *
 * Objective and weights restrict nothing, they prefer among what is allowed; there the nearest layer wins. A layer
 * that names an objective brings that objective's weights, unless it names weights as well: weights meant for
 * another objective would otherwise outlive it.
 */
import { objectiveWeights } from '../../config/selection.ts';
import { clamp } from '../../math/clamp.ts';
import type { PolicyLayer, ResolvedPolicy, Restriction, Weights } from '../../model/policy.ts';
import type { PreparedCandidates, SettingText } from '../../model/selection.ts';
import { settingName, settingText } from './setting-name.ts';

const weightNames = ['capability', 'performance', 'resources', 'history'] as const;

export function resolvePolicy(layers: readonly PolicyLayer[]): ResolvedPolicy {
  return {
    ...resolvePreference(layers),
    allow: restrictions(layers, 'allow', ({ allow }) => allow),
    deny: restrictions(layers, 'deny', ({ deny }) => (deny?.length === 0 ? undefined : deny)),
    localOnly: restrictions(layers, 'localOnly', ({ localOnly }) => (localOnly === true ? true : undefined)),
    costCaps: restrictions(layers, 'maxCostPerTaskUsd', ({ maxCostPerTaskUsd }) => maxCostPerTaskUsd),
    qualityFloors: restrictions(layers, 'minQuality', ({ minQuality }) => minQuality),
  };
}

/** Texts of all restrictions, in the order in which the layers came. */
export function restrictionTexts(policy: ResolvedPolicy): SettingText[] {
  const { localOnly, allow, deny, costCaps, qualityFloors } = policy;
  const all: readonly Restriction<unknown>[] = [
    ...localOnly,
    ...allow,
    ...deny,
    ...costCaps,
    ...qualityFloors,
  ];
  return all.map(({ setting, value }) => ({ setting, text: settingText(setting, value) }));
}

/** Texts of the preference, and of the restrictions among `named`. */
export function settingTexts(
  { policy, settings }: Pick<PreparedCandidates, 'policy' | 'settings'>,
  named: readonly string[],
): string[] {
  const texts = policy.preferenceSetting === null ? [] : [policy.preferenceSetting];
  for (const { setting, text } of settings) if (named.includes(setting)) texts.push(text);
  return texts;
}

function restrictions<Value>(
  layers: readonly PolicyLayer[],
  field: keyof PolicyLayer['policy'],
  read: (policy: PolicyLayer['policy']) => Value | undefined,
): Restriction<Value>[] {
  return layers.flatMap((layer) => {
    const value = read(layer.policy);
    return value === undefined ? [] : [{ value, setting: settingName(layer, field) }];
  });
}

type Preference = Pick<ResolvedPolicy, 'objective' | 'weights' | 'preferenceSetting'>;

function resolvePreference(layers: readonly PolicyLayer[]): Preference {
  const start: Preference = {
    objective: 'balanced',
    weights: objectiveWeights.balanced,
    preferenceSetting: null,
  };
  return layers.reduce<Preference>((above, layer) => {
    const { objective, weights } = layer.policy;
    if (objective === undefined && weights === undefined) return above;
    const named = objective ?? above.objective;
    return {
      objective: named,
      weights: normalised(weights) ?? objectiveWeights[named],
      preferenceSetting:
        weights === undefined
          ? settingText(settingName(layer, 'objective'), objective)
          : settingText(settingName(layer, 'weights'), weights),
    };
  }, start);
}

/** Weights that add up to 1 are kept to the bit; null where there is nothing to scale. */
function normalised(weights: Weights | undefined): Weights | null {
  if (weights === undefined) return null;
  const bounded = weightNames.map((name) => clamp(weights[name], 0, Number.MAX_VALUE));
  const sum = bounded.reduce((total, weight) => total + weight, 0);
  if (!(sum > 0 && sum < Infinity)) return null;
  if (Math.abs(sum - 1) < 1e-6 && weightNames.every((name) => weights[name] >= 0)) return weights;
  const [capability = 0, performance = 0, resources = 0, history = 0] = bounded.map((weight) => weight / sum);
  return { capability, performance, resources, history };
}
