/**
 * Policies as decisions read them: the layers as one list with their version, the same objects for as long as the layers
 * are the same. So what rests on a policy can be kept under it, and nobody hashes what did not change.
 */
import { hash } from 'node:crypto';
import type { Objective, PolicyLayer } from '../../engine/index.ts';
import { standingFacts, type StandingFacts } from '../../store/standing-facts.ts';

type Policy = PolicyLayer['policy'];

/** What holds for one task. Never changes. */
export interface Policies {
  /** Widest first. */
  readonly layers: readonly PolicyLayer[];
  /** Of each layer. */
  readonly each: readonly Policy[];
  /** The nearest layer's that has one. */
  readonly objective: Objective;
  /** Short hash of the layers: equal layers have equal ones, also after a restart. */
  readonly version: string;
  /** The layers, as records of decisions name them. */
  readonly facts: StandingFacts;
}

/** A developer has a handful of folders and tools; more than these at a time are made anew. */
const kept = 100;
/** Looked through one by one before the layers are put into words. */
const lookedAt = 8;

export class PolicyBook {
  readonly #byJson = new Map<string, Policies>();
  /** Used last first, as they were given: most callers give the same objects again. */
  readonly #recent: { own: Policy; given: readonly PolicyLayer[]; policies: Policies }[] = [];

  /**
   * @param own the user level, which stands in config.jsonc
   * @param given everything below it, as it came with the task
   */
  of(own: Policy, given: readonly PolicyLayer[]): Policies {
    const at = this.#recent.findIndex((each) => each.own === own && areSame(each.given, given));
    const found = this.#recent[at];
    if (found !== undefined) {
      if (at > 0) this.#recent.unshift(...this.#recent.splice(at, 1));
      return found.policies;
    }
    const policies = this.#read([{ level: 'user', name: 'config.jsonc', policy: own }, ...given]);
    this.#recent.unshift({ own, given, policies });
    if (this.#recent.length > lookedAt) this.#recent.pop();
    return policies;
  }

  #read(layers: readonly PolicyLayer[]): Policies {
    const json = JSON.stringify(layers);
    const known = this.#byJson.get(json);
    if (known !== undefined) return known;
    const policies: Policies = {
      layers,
      each: layers.map(({ policy }) => policy),
      objective:
        layers.findLast(({ policy }) => policy.objective !== undefined)?.policy.objective ?? 'balanced',
      version: hash('sha256', json, 'hex').slice(0, 12),
      facts: standingFacts(json),
    };
    const [oldest] = this.#byJson.keys();
    if (this.#byJson.size >= kept && oldest !== undefined) this.#byJson.delete(oldest);
    this.#byJson.set(json, policies);
    return policies;
  }
}

/** The same policies under the same names. What is read once is never changed, so identity says it. */
function areSame(a: readonly PolicyLayer[], b: readonly PolicyLayer[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  return a.every(({ level, name, policy }, at) => {
    const other = b[at];
    return other?.policy === policy && other.level === level && other.name === name;
  });
}
