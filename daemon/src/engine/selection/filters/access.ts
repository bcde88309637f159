/** Keys, consent and reachability, as decided outside the engine. */
import type { Access } from '../../model/route.ts';
import type { Rejection } from '../../model/selection.ts';
import { keep, reject } from './filter.ts';

export function accessFilter({ access }: { readonly access: Access }): readonly Rejection[] {
  switch (access) {
    case 'ready':
      return keep;
    case 'keyMissing':
      return reject('access.keyMissing', 'has no key yet');
    case 'keyRejected':
      return reject('access.keyRejected', 'its provider refuses the key');
    case 'consentNeeded':
      return reject('access.consentNeeded', 'was found, and waits for your confirmation that it may be used');
    case 'otherWindow':
      return reject('access.otherWindow', 'belongs to another editor window');
    case 'unreachable':
      return reject('health.unreachable', 'its server does not answer');
  }
}
