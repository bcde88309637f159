/** The wire contract: the only thing the daemon, the extension and the panel share. */
export * from './config.ts';
export * from './data/decision.ts';
export * from './data/events.ts';
export * from './data/monitoring.ts';
export * from './data/outcome.ts';
export * from './data/policy.ts';
export * from './data/route.ts';
export * from './data/task.ts';
export * from './errors.ts';
export * from './handshake.ts';
export * from './limits.ts';
export * from './methods/index.ts';
export * from './reduce.ts';
export * from './rpc.ts';
export * from './webview.ts';
