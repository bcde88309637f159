/**
 * The ledger runs in memory, and its tables are read only at the start: they need no index but their keys. Leases that
 * ended well have nothing more to say; what they spent is in its own table.
 */
export const ledgerJournal = `
CREATE TABLE ledger_living (
  fence       INTEGER PRIMARY KEY,
  ended_at_ms REAL,
  lease       TEXT NOT NULL
) STRICT;
INSERT INTO ledger_living SELECT fence, ended_at_ms, lease FROM ledger_leases
  WHERE ended_at_ms IS NULL OR json_extract(lease, '$.state') = 'expired';
DROP TABLE ledger_leases;
ALTER TABLE ledger_living RENAME TO ledger_leases;
DROP INDEX ledger_spend_by_time;
`;
