/**
 * Up to which text of the journal the file has everything. It changes in the transaction that writes those texts, so each
 * is applied once, whenever the daemon is killed.
 */
export const journalMark = `
CREATE TABLE journal_mark (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  number   INTEGER NOT NULL
) STRICT;
INSERT INTO journal_mark VALUES (1, 0);
`;
