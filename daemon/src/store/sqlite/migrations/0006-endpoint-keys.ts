/**
 * Keys of the endpoint for other tools. Of a key only its SHA-256 is here: a key is 32 random bytes, so there is nothing
 * to guess and no need for a slow hash. What a key was used for today is kept with it and written now and then.
 */
export const endpointKeys = `
CREATE TABLE endpoint_keys (
  id               TEXT PRIMARY KEY,
  name             TEXT NOT NULL,
  digest           TEXT NOT NULL UNIQUE CHECK (length(digest) = 64),
  policy           TEXT CHECK (policy IS NULL OR json_valid(policy)),
  daily_budget_usd REAL,
  created_at_ms    INTEGER NOT NULL,
  last_used_at_ms  INTEGER,
  revoked_at_ms    INTEGER,
  day_ms           INTEGER NOT NULL,
  day_requests     INTEGER NOT NULL,
  day_usd          REAL NOT NULL
) STRICT, WITHOUT ROWID;
`;
