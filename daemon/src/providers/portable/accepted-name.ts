/** A name of the target's own form for one that it does not accept, always the same for the same name. */
import { createHash } from 'node:crypto';

export interface NameRule {
  readonly accepts: RegExp;
  /** A name that `accepts`, from the original and a digest of it (64 lower-case hexadecimal digits). */
  readonly make: (original: string, digest: string) => string;
}

/** `name` when the target accepts it and it is free, else one made by the rule that is free. */
export function acceptedName(name: string, rule: NameRule, isTaken: (name: string) => boolean): string {
  if (rule.accepts.test(name) && !isTaken(name)) return name;
  for (let salt = 0; ; salt += 1) {
    const digest = createHash('sha256').update(`${salt}:${name}`).digest('hex');
    const made = rule.make(name, digest);
    if (!isTaken(made)) return made;
  }
}
