/**
 * The ledger: buckets with what is held and used, leases, settled attempts. A lease's vector is read and written whole,
 * so it stays one JSON value; what is searched for is a column. AUTOINCREMENT, because a fence is never given twice.
 */
export const ledger = `
CREATE TABLE ledger_buckets (
  bucket_id TEXT PRIMARY KEY,
  dimension TEXT NOT NULL,
  max_units INTEGER,
  held      INTEGER NOT NULL CHECK (held >= 0),
  level     INTEGER NOT NULL CHECK (level >= 0),
  at_ms     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_leases (
  fence         INTEGER PRIMARY KEY AUTOINCREMENT,
  lease_id      TEXT NOT NULL,
  expires_at_ms REAL NOT NULL,
  ended_at_ms   REAL,
  lease         TEXT NOT NULL CHECK (json_valid(lease))
) STRICT;
CREATE INDEX ledger_leases_by_id ON ledger_leases (lease_id, fence);
CREATE INDEX ledger_leases_living ON ledger_leases (expires_at_ms) WHERE ended_at_ms IS NULL;
CREATE INDEX ledger_leases_ended ON ledger_leases (ended_at_ms) WHERE ended_at_ms IS NOT NULL;

CREATE TABLE ledger_spend (
  fence              INTEGER PRIMARY KEY,
  lease_id           TEXT NOT NULL,
  at_ms              REAL NOT NULL,
  route_id           TEXT,
  node_id            TEXT,
  provider           TEXT,
  predicted_nano_usd INTEGER,
  settled_nano_usd   INTEGER,
  estimated          INTEGER NOT NULL
) STRICT;
CREATE INDEX ledger_spend_by_time ON ledger_spend (at_ms);
`;
