/** First schema: decisions with all that a replay needs, attempts, transitions, outcomes, grades, health, state. */
export const initial = `
CREATE TABLE decisions (
  decision_id   TEXT PRIMARY KEY,
  task_id       TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  kind          TEXT NOT NULL,
  prompt        TEXT,
  route_id      TEXT,
  record        TEXT NOT NULL CHECK (json_valid(record))
) STRICT;
CREATE INDEX decisions_by_time ON decisions (created_at_ms);

CREATE TABLE attempts (
  attempt_id    TEXT PRIMARY KEY,
  decision_id   TEXT NOT NULL REFERENCES decisions (decision_id) ON DELETE CASCADE,
  route_id      TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL,
  ended_at_ms   INTEGER,
  status        TEXT NOT NULL,
  cost_usd      REAL,
  result        TEXT CHECK (result IS NULL OR json_valid(result))
) STRICT;
CREATE INDEX attempts_by_decision ON attempts (decision_id);
CREATE INDEX attempts_by_end ON attempts (ended_at_ms, route_id, cost_usd);
CREATE INDEX attempts_running ON attempts (status) WHERE status = 'running';

CREATE TABLE transitions (
  transition_id INTEGER PRIMARY KEY,
  decision_id   TEXT NOT NULL REFERENCES decisions (decision_id) ON DELETE CASCADE,
  from_route    TEXT NOT NULL,
  to_route      TEXT NOT NULL,
  cause         TEXT NOT NULL,
  message       TEXT NOT NULL,
  mode          TEXT NOT NULL,
  at_ms         INTEGER NOT NULL
) STRICT;
CREATE INDEX transitions_by_decision ON transitions (decision_id);

CREATE TABLE outcomes (
  decision_id         TEXT PRIMARY KEY REFERENCES decisions (decision_id) ON DELETE CASCADE,
  ended_at_ms         INTEGER NOT NULL,
  status              TEXT NOT NULL,
  route_id            TEXT,
  attempts            INTEGER NOT NULL,
  finish_reason       TEXT,
  queued_ms           REAL NOT NULL,
  first_token_ms      REAL,
  total_ms            REAL NOT NULL,
  input_tokens        INTEGER,
  output_tokens       INTEGER,
  cached_input_tokens INTEGER,
  reasoning_tokens    INTEGER,
  cost_usd            REAL,
  error_code          TEXT
) STRICT;

CREATE TABLE grades (
  decision_id TEXT PRIMARY KEY REFERENCES decisions (decision_id) ON DELETE CASCADE,
  grade       TEXT NOT NULL,
  at_ms       INTEGER NOT NULL
) STRICT;

CREATE TABLE health_transitions (
  transition_id INTEGER PRIMARY KEY,
  route_id      TEXT NOT NULL,
  from_state    TEXT NOT NULL,
  to_state      TEXT NOT NULL,
  reason        TEXT NOT NULL,
  at_ms         INTEGER NOT NULL
) STRICT;
CREATE INDEX health_transitions_by_time ON health_transitions (at_ms);

CREATE TABLE engine_state (
  area          TEXT NOT NULL,
  key           TEXT NOT NULL,
  state         TEXT NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  PRIMARY KEY (area, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE consents (
  node_id   TEXT PRIMARY KEY,
  confirmed INTEGER NOT NULL,
  at_ms     INTEGER NOT NULL
) STRICT;
`;
