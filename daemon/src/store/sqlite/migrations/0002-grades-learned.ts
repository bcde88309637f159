/**
 * What a model has learned from: each graded answer with the task's class and sketch, under its decision's id, so that
 * a grade that is given again replaces itself. Decisions are also found by their task: a follow-up goes on with one.
 */
export const gradesLearned = `
CREATE TABLE graded_answers (
  decision_id TEXT PRIMARY KEY REFERENCES decisions (decision_id) ON DELETE CASCADE,
  model       TEXT NOT NULL,
  task_class  TEXT NOT NULL,
  value       REAL NOT NULL,
  source      TEXT NOT NULL,
  propensity  REAL NOT NULL,
  expected    REAL NOT NULL,
  sketch      TEXT,
  at_ms       INTEGER NOT NULL
) STRICT;
CREATE INDEX graded_answers_by_model ON graded_answers (model, at_ms);
CREATE INDEX graded_answers_by_time ON graded_answers (at_ms);
CREATE INDEX decisions_by_task ON decisions (task_id, created_at_ms);
`;
