/**
 * Bounds on everything that crosses a process boundary. They are part of the contract: a peer that exceeds one
 * gets a typed error, never a crash or unbounded memory.
 */
export const limits = {
  /** One WebSocket message, both directions (security.md 3.2). */
  messageBytes: 8 * 1024 * 1024,
  /** Prompt text a developer types or a tool sends. */
  promptChars: 100_000,
  /** All context of a task sent by the command line (issue: at most 64 kB); the editor may send one larger file. */
  cliContextBytes: 64 * 1024,
  /** All context of a task over the wire. A 5 MB file is refused with `task.contextTooLarge`. */
  contextBytes: 2 * 1024 * 1024,
  contextSpans: 200,
  pathChars: 4096,
  idChars: 200,
  nameChars: 500,
  /** Answer text kept per task for a window that reloads. */
  answerChars: 2_000_000,
  decisionsPerPage: 200,
  /** Tasks submitted together, and how much of each prompt their plan needs. */
  batchTasks: 1_000,
  batchPromptChars: 2_000,
  batchBytes: 32 * 1024 * 1024,
  modelsPerInventory: 500,
  configBytes: 1024 * 1024,
  keyChars: 4096,
  /** Keys of the endpoint in force at a time. */
  endpointKeys: 100,
} as const;
