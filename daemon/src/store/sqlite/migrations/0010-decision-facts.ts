/**
 * What stands for many decisions is kept once, by a name made of what it says. `named_at_ms` is when the newest decision was
 * made that names it: it goes when every decision that is left is newer, and needs no index of who names what.
 *
 * States of the engine get rows in the order of their writing: of conversations there are many, and each new one, in the
 * order of its key, was one more page to write.
 */
export const decisionFacts = `
CREATE TABLE decision_facts (
  name        TEXT PRIMARY KEY,
  facts       TEXT NOT NULL CHECK (json_valid(facts)),
  named_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE engine_states (
  area          TEXT NOT NULL,
  key           TEXT NOT NULL,
  state         TEXT NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  PRIMARY KEY (area, key)
) STRICT;
INSERT INTO engine_states SELECT * FROM engine_state ORDER BY updated_at_ms;
DROP TABLE engine_state;
ALTER TABLE engine_states RENAME TO engine_state;
`;
