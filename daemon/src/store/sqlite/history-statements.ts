/** The SQL of reading and forgetting history. Column aliases give rows the records' own field names. */
import type { Database } from './database.ts';
import type { DecisionRow } from '../decisions/decision-form.ts';
import type { Grade, HistoryRow, OutcomeRecord, RouteTotals } from '../records.ts';

/** What `parseDecision` reads. */
export const decisionRow = `d.decision_id AS decisionId, d.task_id AS taskId, d.created_at_ms AS createdAtMs, d.kind, d.prompt,
  d.route_id AS chosen, d.record`;

type Named = Record<string, unknown>;

const outcomeColumns = `o.decision_id AS decisionId, o.ended_at_ms AS endedAtMs, o.status, o.route_id AS routeId, o.attempts,
  o.finish_reason AS finishReason, o.queued_ms AS queuedMs, o.first_token_ms AS firstTokenMs, o.total_ms AS totalMs,
  o.input_tokens AS inputTokens, o.output_tokens AS outputTokens, o.cached_input_tokens AS cachedInputTokens,
  o.reasoning_tokens AS reasoningTokens, o.cost_usd AS costUsd, o.error_code AS errorCode`;

/** The little that is asked of a prepared statement. */
interface Statement<Row> {
  all(params: Named): Row[];
  run(params: Named): { readonly changes: number };
}

export type HistoryStatements = ReturnType<typeof prepareHistory>;

export function prepareHistory(database: Database) {
  const read = <Row>(sql: string): Statement<Row> => database.prepare<[Named], Row>(sql);
  return {
    page: read<HistoryRow>(`
      SELECT d.decision_id AS decisionId, d.task_id AS taskId, d.created_at_ms AS createdAtMs, d.kind, d.prompt,
        coalesce(o.route_id, d.route_id) AS route, coalesce(o.status, 'running') AS status,
        coalesce(o.attempts, 0) AS attempts, o.total_ms AS totalMs, o.cost_usd AS costUsd, g.grade,
        o.finish_reason AS finishReason, o.queued_ms AS queuedMs, o.first_token_ms AS firstTokenMs,
        o.input_tokens AS inputTokens, o.output_tokens AS outputTokens, o.cached_input_tokens AS cachedInputTokens,
        o.reasoning_tokens AS reasoningTokens, o.error_code AS errorCode
      FROM decisions d
      LEFT JOIN outcomes o ON o.decision_id = d.decision_id
      LEFT JOIN grades g ON g.decision_id = d.decision_id
      WHERE d.created_at_ms >= @sinceMs AND (d.created_at_ms, d.decision_id) > (@atMs, @id)
      ORDER BY d.created_at_ms, d.decision_id LIMIT @limit`),
    logged: read<OutcomeRecord & DecisionRow & { grade: Grade | null }>(`
      SELECT ${decisionRow}, g.grade, ${outcomeColumns}
      FROM decisions d
      JOIN outcomes o ON o.decision_id = d.decision_id
      LEFT JOIN grades g ON g.decision_id = d.decision_id
      WHERE d.created_at_ms >= @sinceMs AND (d.created_at_ms, d.decision_id) < (@atMs, @id)
      ORDER BY d.created_at_ms DESC, d.decision_id DESC LIMIT @limit`),
    totals: read<RouteTotals>(`
      SELECT route_id AS routeId, sum(tasks) AS tasks, sum(succeeded) AS succeeded, sum(failed) AS failed,
        sum(cost_usd) AS costUsd, sum(unpriced) AS unpriced, sum(total_ms) AS totalMs, sum(input_tokens) AS inputTokens,
        sum(output_tokens) AS outputTokens, sum(cached_tokens) AS cachedTokens
      FROM outcome_days WHERE day >= @day GROUP BY route_id ORDER BY tasks DESC, route_id`),
    recentOutcomes: read<OutcomeRecord>(`
      SELECT ${outcomeColumns} FROM outcomes o ORDER BY o.ended_at_ms DESC LIMIT @limit`),
    recentAttempts: read<{
      attemptId: string;
      decisionId: string;
      routeId: string;
      startedAtMs: number;
      result: string;
    }>(`
      SELECT attempt_id AS attemptId, decision_id AS decisionId, route_id AS routeId, started_at_ms AS startedAtMs, result
      FROM attempts WHERE ended_at_ms >= @sinceMs AND result IS NOT NULL ORDER BY ended_at_ms DESC LIMIT @limit`),
    insertAlarm: read<never>(
      'INSERT INTO alarms (route_id, at_ms, record) VALUES (@routeId, @atMs, @record)',
    ),
    alarms: read<{ record: string }>('SELECT record FROM alarms ORDER BY alarm_id DESC LIMIT @limit'),
    /** Children go with their decision. What still runs stays. */
    pruneDecisions: read<never>(`
      DELETE FROM decisions WHERE decision_id IN (
        SELECT d.decision_id FROM decisions d JOIN outcomes o ON o.decision_id = d.decision_id
        WHERE d.created_at_ms < @beforeMs ORDER BY d.created_at_ms LIMIT @limit)`),
    pruneDays: read<never>('DELETE FROM outcome_days WHERE day < @day'),
    pruneAlarms: read<never>('DELETE FROM alarms WHERE at_ms < @beforeMs'),
    pruneHealth: read<never>('DELETE FROM health_transitions WHERE at_ms < @beforeMs'),
  };
}
