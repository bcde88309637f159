/**
 * What was weighed where something was short, as it was shown: a row for each time, of a decision the newest twenty. A
 * tool's turn is one decision however many calls it has.
 */
export const allocations = `
CREATE TABLE allocations (
  allocation_id INTEGER PRIMARY KEY,
  decision_id   TEXT NOT NULL REFERENCES decisions (decision_id) ON DELETE CASCADE,
  allocation    TEXT NOT NULL CHECK (json_valid(allocation))
) STRICT;
CREATE INDEX allocations_by_decision ON allocations (decision_id);
CREATE TRIGGER allocations_bounded AFTER INSERT ON allocations BEGIN
  DELETE FROM allocations WHERE decision_id = new.decision_id AND allocation_id NOT IN
    (SELECT allocation_id FROM allocations WHERE decision_id = new.decision_id ORDER BY allocation_id DESC LIMIT 20);
END;
`;
