/**
 * Tells a suite's output from the workbench's own log, which arrives on the same channel: the output lies
 * between the marks that `run-suite.ts` prints, and what the workbench is known to say meanwhile is left out.
 */

const WORKBENCH_LINE =
  /^(\[(AgentHost|RemoteAgentHostProtocol|AccountPolicyGate|Service Worker)|(Ignoring fetching|Updating) additional builtin)/;

export class SuiteLog {
  /** The workbench's own lines, for when something goes wrong. */
  readonly chatter: string[] = [];
  readonly #marker: string;
  #state: 'waiting' | 'running' | 'passed' | 'failed' = 'waiting';

  constructor(marker: string) {
    this.#marker = marker;
  }

  /** How the suite ended; `undefined` while it has not. */
  get result(): 'passed' | 'failed' | undefined {
    return this.#state === 'passed' || this.#state === 'failed' ? this.#state : undefined;
  }

  /**
   * Takes one entry of the channel and prints it if it is the suite's: warnings and errors to standard error.
   */
  add(type: string, line: string): void {
    if (line === `${this.#marker}begin`) this.#state = 'running';
    else if (line === `${this.#marker}passed`) this.#state = 'passed';
    else if (line === `${this.#marker}failed`) this.#state = 'failed';
    else if (this.#state !== 'running' || WORKBENCH_LINE.test(line)) this.chatter.push(line);
    else (type === 'error' || type === 'warn' ? process.stderr : process.stdout).write(`${line}\n`);
  }
}
