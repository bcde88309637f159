/** Every SQL statement of the store, prepared once. Column aliases give rows the records' own field names. */
import type { Database } from './database.ts';
import type { DecisionRow } from '../decisions/decision-form.ts';
import { decisionRow } from './history-statements.ts';
import type {
  DecisionSummary,
  EndpointKeyRecord,
  EngineStateRecord,
  Grade,
  GradedAnswerRecord,
  HealthTransitionRecord,
  OutcomeRecord,
  TransitionRecord,
} from '../records.ts';

type Named = Record<string, unknown>;
type Value = string | number | Buffer | null;

interface AttemptRow {
  readonly attemptId: string;
  readonly decisionId: string;
  readonly routeId: string;
  readonly startedAtMs: number;
  readonly result: string | null;
}

type EndpointKeyRow = Omit<EndpointKeyRecord, 'policy'> & { readonly policy: string | null };

/** The little the store asks of a prepared statement. */
interface Write<Params> {
  run(params: Params): { readonly changes: number };
}
/** What every task runs, by place: to find parameters by their names costs as much as a short statement. */
interface OftenWrite {
  run(...values: Value[]): unknown;
}
interface Read<Row> {
  get(params: Named): Row | undefined;
  all(params: Named): Row[];
}

export type Statements = ReturnType<typeof prepareStatements>;

export function prepareStatements(database: Database) {
  const write = <Params>(sql: string): Write<Params> => database.prepare<[Params]>(sql);
  const often = (sql: string): OftenWrite => database.prepare<Value[]>(sql);
  const read = <Row>(sql: string): Read<Row> => database.prepare<[Named], Row>(sql);
  return { ...oftenWrites(often), ...writes(write), ...reads(read) };
}

function oftenWrites(often: (sql: string) => OftenWrite) {
  return {
    insertDecision: often(`
      INSERT INTO decisions (decision_id, task_id, created_at_ms, kind, prompt, route_id, record)
      VALUES (?, ?, ?, ?, ?, ?, CAST(? AS TEXT))`),
    upsertAttempt: often(`
      INSERT INTO attempts (attempt_id, decision_id, route_id, started_at_ms, ended_at_ms, status, cost_usd, result)
      VALUES (?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT))
      ON CONFLICT (attempt_id) DO UPDATE SET ended_at_ms = excluded.ended_at_ms, status = excluded.status,
        cost_usd = excluded.cost_usd, result = excluded.result`),
    setJournalMark: often('UPDATE journal_mark SET number = ?'),
    upsertEngineState: often(`
      INSERT INTO engine_state (area, key, updated_at_ms, state) VALUES (?, ?, ?, CAST(? AS TEXT))
      ON CONFLICT (area, key) DO UPDATE SET state = excluded.state, updated_at_ms = excluded.updated_at_ms`),
    upsertOutcome: often(`
      INSERT INTO outcomes (decision_id, ended_at_ms, status, route_id, attempts, finish_reason, queued_ms,
        first_token_ms, total_ms, input_tokens, output_tokens, cached_input_tokens, reasoning_tokens, cost_usd, error_code)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (decision_id) DO UPDATE SET ended_at_ms = excluded.ended_at_ms, status = excluded.status, route_id = excluded.route_id, attempts
        = excluded.attempts, finish_reason = excluded.finish_reason, queued_ms = excluded.queued_ms,
        first_token_ms = excluded.first_token_ms, total_ms = excluded.total_ms, input_tokens =
        excluded.input_tokens, output_tokens = excluded.output_tokens, cached_input_tokens =
        excluded.cached_input_tokens, reasoning_tokens = excluded.reasoning_tokens, cost_usd =
        excluded.cost_usd, error_code = excluded.error_code`),
  };
}

function writes(write: <Params>(sql: string) => Write<Params>) {
  return {
    insertTransition: write<TransitionRecord>(`
      INSERT INTO transitions (decision_id, from_route, to_route, cause, message, mode, at_ms, text_offset)
      VALUES (@decisionId, @from, @to, @cause, @message, @mode, @atMs, @textOffset)`),
    insertAllocation: write<Named>(
      'INSERT INTO allocations (decision_id, allocation) VALUES (@decisionId, @allocation)',
    ),
    upsertGrade: write<Named>(`
      INSERT INTO grades (decision_id, grade, at_ms)
      SELECT decision_id, @grade, @atMs FROM decisions WHERE decision_id = @decisionId
      ON CONFLICT (decision_id) DO UPDATE SET grade = excluded.grade, at_ms = excluded.at_ms`),
    upsertGradedAnswer: write<GradedAnswerRecord>(`
      INSERT INTO graded_answers VALUES (@decisionId, @model, @taskClass, @value, @source, @propensity, @expected,
        @sketch, @atMs)
      ON CONFLICT (decision_id) DO UPDATE SET value = excluded.value, source = excluded.source`),
    insertHealthTransition: write<HealthTransitionRecord>(`
      INSERT INTO health_transitions (route_id, from_state, to_state, reason, at_ms)
      VALUES (@routeId, @from, @to, @reason, @atMs)`),
    pruneEngineState: write<Named>(`
      DELETE FROM engine_state WHERE area = @area AND key NOT IN
        (SELECT key FROM engine_state WHERE area = @area ORDER BY updated_at_ms DESC LIMIT @keep)`),
    upsertConsent: write<Named>(`
      INSERT INTO consents (node_id, confirmed, at_ms) VALUES (@nodeId, @confirmed, @atMs)
      ON CONFLICT (node_id) DO UPDATE SET confirmed = excluded.confirmed, at_ms = excluded.at_ms`),
    upsertEndpointKey: write<EndpointKeyRow>(`
      INSERT INTO endpoint_keys VALUES (@id, @name, @digest, @policy, @dailyBudgetUsd, @createdAtMs, @lastUsedAtMs,
        @revokedAtMs, @dayMs, @dayRequests, @dayUsd)
      ON CONFLICT (id) DO UPDATE SET name = excluded.name, policy = excluded.policy,
        daily_budget_usd = excluded.daily_budget_usd, last_used_at_ms = excluded.last_used_at_ms,
        revoked_at_ms = excluded.revoked_at_ms, day_ms = excluded.day_ms, day_requests = excluded.day_requests,
        day_usd = excluded.day_usd`),
    updateEndpointKeyUse: write<Named>(`
      UPDATE endpoint_keys SET last_used_at_ms = @lastUsedAtMs, day_ms = @dayMs, day_requests = @dayRequests,
        day_usd = @dayUsd
      WHERE id = @id`),
    interruptAttempts: write<Named>(`
      UPDATE attempts SET status = 'interrupted', ended_at_ms = @atMs,
        result = json_object('status', 'interrupted', 'failure', NULL, 'firstTokenMs', NULL, 'totalMs', 0,
          'inputTokens', NULL, 'outputTokens', NULL, 'costUsd', NULL, 'retryAfterMs', NULL, 'endedAtMs', @atMs,
          'message', 'The daemon ended during the attempt.', 'cachedInputTokens', NULL, 'reasoningTokens', NULL,
          'finishReason', NULL)
      WHERE status = 'running'`),
    interruptDecisions: write<Named>(`
      INSERT INTO outcomes (decision_id, ended_at_ms, status, route_id, attempts, queued_ms, total_ms, error_code)
      SELECT d.decision_id, @atMs, 'interrupted', d.route_id,
        (SELECT count(*) FROM attempts a WHERE a.decision_id = d.decision_id), 0,
        max(0, @atMs - d.created_at_ms), 'route.interrupted'
      FROM decisions d WHERE NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.decision_id = d.decision_id)`),
  };
}

const gradedColumns = `decision_id AS decisionId, model, task_class AS taskClass, value, source, propensity, expected, sketch,
        at_ms AS atMs`;

function reads(read: <Row>(sql: string) => Read<Row>) {
  return {
    listDecisions: read<DecisionSummary>(`
      SELECT d.decision_id AS decisionId, d.task_id AS taskId, d.created_at_ms AS createdAtMs, d.kind, d.prompt,
        coalesce(o.route_id, d.route_id) AS route, coalesce(o.status, 'running') AS status,
        coalesce(o.attempts, (SELECT count(*) FROM attempts a WHERE a.decision_id = d.decision_id)) AS attempts,
        o.total_ms AS totalMs, o.cost_usd AS costUsd, g.grade
      FROM decisions d
      LEFT JOIN outcomes o ON o.decision_id = d.decision_id
      LEFT JOIN grades g ON g.decision_id = d.decision_id
      WHERE d.created_at_ms < @beforeMs
      ORDER BY d.created_at_ms DESC, d.decision_id DESC LIMIT @limit`),
    readDecision: read<DecisionRow & { grade: Grade | null }>(`
      SELECT ${decisionRow}, g.grade FROM decisions d LEFT JOIN grades g ON g.decision_id = d.decision_id
      WHERE d.decision_id = @decisionId`),
    readDecisionOfTask: read<DecisionRow>(`
      SELECT ${decisionRow} FROM decisions d WHERE d.task_id = @taskId ORDER BY d.created_at_ms DESC LIMIT 1`),
    gradedAnswersOfModel: read<GradedAnswerRecord>(`
      SELECT ${gradedColumns} FROM (SELECT * FROM graded_answers WHERE model = @model
        ORDER BY at_ms DESC, decision_id DESC LIMIT 5000) ORDER BY at_ms, decision_id`),
    newestGradedAnswers: read<GradedAnswerRecord>(`
      SELECT * FROM (SELECT ${gradedColumns} FROM graded_answers ORDER BY at_ms DESC, decision_id DESC LIMIT @newest)
      ORDER BY atMs, decisionId`),
    readAttempts: read<AttemptRow>(`
      SELECT attempt_id AS attemptId, decision_id AS decisionId, route_id AS routeId, started_at_ms AS startedAtMs,
        result FROM attempts WHERE decision_id = @decisionId ORDER BY started_at_ms, attempt_id`),
    readTransitions: read<TransitionRecord>(`
      SELECT decision_id AS decisionId, from_route AS "from", to_route AS "to", cause, message, mode, at_ms AS atMs,
        text_offset AS textOffset
      FROM transitions WHERE decision_id = @decisionId ORDER BY transition_id`),
    readAllocations: read<{ readonly allocation: string }>(
      'SELECT allocation FROM allocations WHERE decision_id = @decisionId ORDER BY allocation_id',
    ),
    readOutcome: read<OutcomeRecord>(`
      SELECT decision_id AS decisionId, ended_at_ms AS endedAtMs, status, route_id AS routeId, attempts,
        finish_reason AS finishReason, queued_ms AS queuedMs, first_token_ms AS firstTokenMs, total_ms AS totalMs,
        input_tokens AS inputTokens, output_tokens AS outputTokens, cached_input_tokens AS cachedInputTokens,
        reasoning_tokens AS reasoningTokens, cost_usd AS costUsd, error_code AS errorCode
      FROM outcomes WHERE decision_id = @decisionId`),
    readEngineState: read<EngineStateRecord>(`
      SELECT area, key, state AS json, updated_at_ms AS updatedAtMs FROM engine_state WHERE area = @area
      ORDER BY key`),
    readConsents: read<{ nodeId: string }>('SELECT node_id AS nodeId FROM consents WHERE confirmed = 1'),
    readEndpointKeys: read<EndpointKeyRow>(`
      SELECT id, name, digest, policy, daily_budget_usd AS dailyBudgetUsd, created_at_ms AS createdAtMs,
        last_used_at_ms AS lastUsedAtMs, revoked_at_ms AS revokedAtMs, day_ms AS dayMs, day_requests AS dayRequests,
        day_usd AS dayUsd
      FROM endpoint_keys ORDER BY created_at_ms, id`),
    countDecisions: read<{ count: number }>(
      'SELECT count(*) AS count FROM decisions WHERE created_at_ms >= @sinceMs',
    ),
    readJournalMark: read<{ number: number }>('SELECT number FROM journal_mark'),
    spentByRoute: read<{ routeId: string; costUsd: number }>(`
      SELECT route_id AS routeId, sum(cost_usd) AS costUsd FROM attempts
      WHERE ended_at_ms >= @sinceMs AND cost_usd IS NOT NULL GROUP BY route_id`),
  };
}
