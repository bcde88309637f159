/**
 * Who may come in: programs of this machine with a key, a bounded number at a time. Refusals are decided from the head of
 * the request alone; guesses at a key are slowed down as those at the daemon's own door are.
 */
import type { IncomingMessage } from 'node:http';
import type { Logger } from '../platform/logger.ts';
import { FailureMeter } from '../server/failure-meter.ts';
import { checkSender, countHeader } from '../server/guard.ts';
import type { EndpointProblem } from './endpoint-format.ts';
import type { ActiveKey, EndpointKeys } from './keys.ts';
import { problem } from './problems.ts';

/** Put on calls that a Task Router makes to a server of this machine, which may be a Task Router itself. */
const hopHeader = 'x-task-router-hop';

export type Admission =
  | { readonly ok: true; readonly key: ActiveKey }
  | {
      readonly ok: false;
      readonly problem: EndpointProblem;
      /** How long the answer has to wait. */
      readonly waitMs: number;
    };

export interface AdmissionLimits {
  /** Requests at a time, all together and of one key. */
  readonly requests: number;
  readonly requestsPerKey: number;
}

export class Gate {
  readonly #keys: EndpointKeys;
  readonly #limits: AdmissionLimits;
  readonly #log: Logger;
  readonly #failures: FailureMeter;
  readonly #clock: { nowMs(): number };
  #running = 0;
  #lastRequestAtMs: number | null = null;

  constructor(parts: {
    readonly keys: EndpointKeys;
    readonly limits: AdmissionLimits;
    readonly clock: { nowMs(): number };
    readonly log: Logger;
  }) {
    this.#keys = parts.keys;
    this.#limits = parts.limits;
    this.#log = parts.log;
    this.#clock = parts.clock;
    this.#failures = new FailureMeter(parts.clock);
  }

  get running(): number {
    return this.#running;
  }

  /** When a request was last let in. */
  get lastRequestAtMs(): number | null {
    return this.#lastRequestAtMs;
  }

  /** @param port ours, which the Host header has to name */
  check(request: IncomingMessage, port: number): Admission {
    const status = checkSender(request, port, isFromProgram);
    if (status !== null) {
      const what = 'This address answers programs of this machine that call it by its own name.';
      return this.#refuse(problem(status, 'endpoint.refused', what));
    }
    const key = this.#keyOf(request);
    if (key === null) {
      const refusal = problem(401, 'endpoint.keyRejected', 'The request has no key that is in force.');
      // Some tools knock before they show their key (Claude Code's `HEAD /api/hello`): that guesses nothing.
      return showsKey(request) ? this.#refuse(refusal) : { ok: false, problem: refusal, waitMs: 0 };
    }
    if (hopHeader in request.headers) {
      const what = 'The request comes from a Task Router: it would go round in a circle.';
      return { ok: false, problem: problem(508, 'endpoint.loop', what), waitMs: 0 };
    }
    return { ok: true, key };
  }

  /** Takes a place for a request, to be given back by `leave`; otherwise the problem: there is none. */
  enter(key: ActiveKey, abort: AbortController): EndpointProblem | null {
    if (this.#running >= this.#limits.requests)
      return problem(503, 'endpoint.busy', `${this.#running} requests run already, of all tools together.`);
    if (key.running.size >= this.#limits.requestsPerKey)
      return problem(429, 'endpoint.busy', `${key.running.size} requests with this key run already.`);
    this.#running += 1;
    this.#lastRequestAtMs = this.#clock.nowMs();
    key.running.add(abort);
    return null;
  }

  /** To be called once for each request that entered. */
  leave(key: ActiveKey, abort: AbortController): void {
    this.#running -= 1;
    key.running.delete(abort);
  }

  /** OpenAI's clients send a bearer token, Anthropic's their own header or, as Claude Code does, either or both. */
  #keyOf(request: IncomingMessage): ActiveKey | null {
    const { authorization, 'x-api-key': apiKey } = request.headers;
    if (authorization?.startsWith('Bearer ') === true && countHeader(request, 'authorization') === 1) {
      const key = this.#keys.find(authorization.slice('Bearer '.length));
      if (key !== null) return key;
    }
    return typeof apiKey === 'string' && countHeader(request, 'x-api-key') === 1
      ? this.#keys.find(apiKey)
      : null;
  }

  #refuse(refusal: EndpointProblem): Admission {
    const waitMs = this.#failures.record();
    // Slowed ones are not told of singly: the log is not the flood's to fill.
    if (waitMs === 0) this.#log.warn('a request of the endpoint was refused', { status: refusal.status });
    return { ok: false, problem: refusal, waitMs };
  }
}

function showsKey({ headers }: IncomingMessage): boolean {
  return headers.authorization !== undefined || headers['x-api-key'] !== undefined;
}

/**
 * Node's own `fetch` says `Sec-Fetch-Mode: cors`, and Electron's says that it comes from no site: tools are written with
 * both. A page can't say the latter: whatever it asks for has a site, and an address typed by hand is for a document.
 */
function isFromProgram(name: string, value: string): boolean {
  return (
    name === 'sec-fetch-mode' ||
    (name === 'sec-fetch-site' && value === 'none') ||
    (name === 'sec-fetch-dest' && value === 'empty')
  );
}
