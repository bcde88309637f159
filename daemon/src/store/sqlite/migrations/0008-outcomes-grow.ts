/**
 * The outcome of a tool's turn grows with each of its calls: the daily roll-up takes the old one out and the new one in,
 * so that a turn stays one task.
 */
export const outcomesGrow = `
CREATE TRIGGER outcomes_grow AFTER UPDATE ON outcomes BEGIN
  UPDATE outcome_days SET
    tasks = tasks - 1, succeeded = succeeded - (old.status = 'succeeded'), failed = failed - (old.status = 'failed'),
    cost_usd = cost_usd - coalesce(old.cost_usd, 0), unpriced = unpriced - (old.cost_usd IS NULL),
    total_ms = total_ms - old.total_ms, input_tokens = input_tokens - coalesce(old.input_tokens, 0),
    output_tokens = output_tokens - coalesce(old.output_tokens, 0),
    cached_tokens = cached_tokens - coalesce(old.cached_input_tokens, 0)
  WHERE day = old.ended_at_ms / 86400000 AND route_id = coalesce(old.route_id, '');
  DELETE FROM outcome_days
  WHERE day = old.ended_at_ms / 86400000 AND route_id = coalesce(old.route_id, '') AND tasks = 0;
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
`;
