/** What every Node end of the wire shares: where things lie, how to find the daemon, and the WebSocket transport. */
export * from './batch-run.ts';
export * from './client.ts';
export * from './connect.ts';
export * from './discovery.ts';
export * from './editor-models-handler.ts';
export * from './endpoint-check.ts';
export * from './launch.ts';
export * from './paths.ts';
export * from './private-file.ts';
export * from './rpc-errors.ts';
export * from './runtime-folder.ts';
export * from './token.ts';
export * from './ws-transport.ts';
