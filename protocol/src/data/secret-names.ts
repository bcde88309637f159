/** Files that hold credentials by convention: no client sends one of them as a whole, even when it is named outright. */
const secretNames: readonly RegExp[] = [
  /^\.env(\..*)?$/,
  /^\.?(npmrc|netrc|pypirc|pgpass|htpasswd|git-credentials|dockercfg)$/,
  /^id_(rsa|dsa|ecdsa|ed25519)$/,
  /\.(pem|key|p12|pfx|jks|keystore|kdbx|asc|gpg|ppk)$/,
  /^(credentials?|secrets?|tokens?|service[-_]account.*)(\.(json|ya?ml|toml|txt|ini|cfg))?$/,
];

/** @param name the file's last path segment */
export function isSecretName(name: string): boolean {
  const lower = name.toLowerCase();
  return secretNames.some((pattern) => pattern.test(lower));
}
