/** What can become of the key that a tool holds already, as a quick pick says it. Pure, so that its words are tested. */
import { limitsToKeep, type EndpointKeyView, type ToolKeyChoice } from '@task-router/protocol';

interface KeyFate {
  readonly id: ToolKeyChoice;
  readonly label: string;
  readonly detail: string;
}

/** What changes nothing comes first: Enter takes it. Keys with different limits can't be replaced by one. */
export function keyFates(held: readonly EndpointKeyView[]): readonly KeyFate[] {
  const old = held.length === 1 ? 'the Old One' : `the ${held.length} Old Ones`;
  const replace: KeyFate = {
    id: 'replace',
    label: `$(sync) Use a New Key and Revoke ${old}`,
    detail: 'With the same limits. Whoever still uses an old one is refused from now on.',
  };
  return [
    {
      id: 'settings',
      label: '$(list-unordered) Show the Settings Without a Key',
      detail: 'The tool keeps the key it has; a key is shown only when it is made.',
    },
    ...(limitsToKeep(held) === null ? [] : [replace]),
    {
      id: 'another',
      label: '$(add) Make Another Key and Keep Both',
      detail: 'For a second copy of the tool. Each can be revoked by itself.',
    },
  ];
}

/** `Made 11/23/2026, 9:05 AM, never used. What now?`, of the key that was made last. */
export function heldText(held: readonly EndpointKeyView[]): string {
  const [last] = held;
  if (last === undefined) return '';
  const made = new Date(last.createdAtMs).toLocaleString();
  const used =
    last.lastUsedAtMs === null ? 'never used' : `last used ${new Date(last.lastUsedAtMs).toLocaleString()}`;
  return `${held.length === 1 ? 'Made' : 'The newest: made'} ${made}, ${used}. What now?`;
}
