/** The ports the engine needs from outside: time and randomness come in as arguments, never from the host. */

/** Milliseconds since the epoch for records; monotonic enough for durations within one process. */
export interface Clock {
  nowMs(): number;
}

/** Uniform numbers in [0, 1). */
export interface Random {
  next(): number;
}
