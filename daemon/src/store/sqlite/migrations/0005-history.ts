/**
 * History at scale: a daily roll-up per route for the reads that a million outcomes would make slow (a trigger keeps it,
 * so no path can forget it), what the monitor noticed, and an index for reading outcomes by time.
 */
export const history = `
CREATE TABLE outcome_days (
  day           INTEGER NOT NULL,
  route_id      TEXT NOT NULL,
  tasks         INTEGER NOT NULL,
  succeeded     INTEGER NOT NULL,
  failed        INTEGER NOT NULL,
  cost_usd      REAL NOT NULL,
  unpriced      INTEGER NOT NULL,
  total_ms      REAL NOT NULL,
  input_tokens  INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cached_tokens INTEGER NOT NULL,
  PRIMARY KEY (day, route_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER outcomes_roll_up AFTER INSERT ON outcomes BEGIN
  INSERT INTO outcome_days VALUES (
    new.ended_at_ms / 86400000, coalesce(new.route_id, ''), 1, new.status = 'succeeded', new.status = 'failed',
    coalesce(new.cost_usd, 0), new.cost_usd IS NULL, new.total_ms, coalesce(new.input_tokens, 0),
    coalesce(new.output_tokens, 0), coalesce(new.cached_input_tokens, 0))
  ON CONFLICT (day, route_id) DO UPDATE SET
    tasks = tasks + 1, succeeded = succeeded + excluded.succeeded, failed = failed + excluded.failed,
    cost_usd = cost_usd + excluded.cost_usd, unpriced = unpriced + excluded.unpriced,
    total_ms = total_ms + excluded.total_ms, input_tokens = input_tokens + excluded.input_tokens,
    output_tokens = output_tokens + excluded.output_tokens, cached_tokens = cached_tokens + excluded.cached_tokens;
END;

INSERT INTO outcome_days
SELECT ended_at_ms / 86400000, coalesce(route_id, ''), count(*), sum(status = 'succeeded'), sum(status = 'failed'),
  coalesce(sum(cost_usd), 0), sum(cost_usd IS NULL), sum(total_ms), coalesce(sum(input_tokens), 0),
  coalesce(sum(output_tokens), 0), coalesce(sum(cached_input_tokens), 0)
FROM outcomes GROUP BY 1, 2;

CREATE INDEX outcomes_by_end ON outcomes (ended_at_ms);

CREATE TABLE alarms (
  alarm_id  INTEGER PRIMARY KEY,
  route_id  TEXT NOT NULL,
  at_ms     INTEGER NOT NULL,
  record    TEXT NOT NULL CHECK (json_valid(record))
) STRICT;
CREATE INDEX alarms_by_time ON alarms (at_ms);
`;
