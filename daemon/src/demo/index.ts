/** The public surface of the demo fleet: scripted model servers that say they are a demo. */
export { controlSchema, controlTokenHeader } from './control.ts';
export type { ControlRequest } from './control.ts';
export { runDemoCommand } from './command.ts';
export type { DemoCommandOptions } from './command.ts';
export type { FaultPlan, FaultRequest, FaultTarget } from './fault-plan.ts';
export { faultSchema, faultStatuses } from './faults.ts';
export type { Fault, FaultInput } from './faults.ts';
export { startDemoFleet } from './fleet.ts';
export type { DemoFleet, DemoFleetOptions } from './fleet.ts';
export type { ChatMessage, DemoModel } from './formats/format.ts';
export { demoProfiles, demoServerIds } from './profiles.ts';
export type { DemoProfile, DemoProvider, DemoServerId } from './profiles.ts';
export type { DemoLogEntry, ExchangeEnd } from './request-log.ts';
export { startDemoServer } from './server.ts';
export type { DemoServer, DemoServerOptions } from './server.ts';
export { demoServerCommand, runDemoServerProcess } from './server-process.ts';
