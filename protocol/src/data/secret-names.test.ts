import { expect, it } from 'vitest';
import { isSecretName } from './secret-names.ts';

it.each([
  '.env',
  '.env.local',
  'ID_RSA',
  'server.pem',
  'credentials.json',
  'Secrets.yaml',
  'tokens',
  '.npmrc',
])('takes %s for a file of secrets', (name) => expect(isSecretName(name)).toBe(true));

it.each(['index.ts', 'key.ts', 'envelope', 'environment.md', 'tokens.ts', 'id_rsa.md'])(
  'lets %s through',
  (name) => expect(isSecretName(name)).toBe(false),
);
