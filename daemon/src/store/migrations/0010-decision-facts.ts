/**
 * What stands for many decisions is kept once, by a name made of what it says. `named_at_ms` is when the newest decision was
 * made that names it: it goes when every decision that is left is newer, and needs no index of who names what.
 */
export const decisionFacts = `
CREATE TABLE decision_facts (
  name        TEXT PRIMARY KEY,
  facts       TEXT NOT NULL CHECK (json_valid(facts)),
  named_at_ms INTEGER NOT NULL
) STRICT;
`;
