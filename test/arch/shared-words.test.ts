/**
 * Words that the engine and the contract both have, each with a list of its own because neither may import the other. The
 * compiler holds them equal here: a member that one side gains or loses is a type error in this file.
 */
import type * as engine from '@task-router/daemon/engine';
import { strategyOrder, taskClasses } from '@task-router/daemon/engine';
import type * as wire from '@task-router/protocol';
import { shortageStrategies, taskKinds } from '@task-router/protocol';
import { expect, expectTypeOf, it } from 'vitest';

type Of<List extends readonly unknown[]> = List[number];

it('mean the same in the engine and on the wire', () => {
  expectTypeOf<engine.TaskKind>().toEqualTypeOf<wire.TaskKind>();
  expectTypeOf<engine.Priority>().toEqualTypeOf<wire.Priority>();
  expectTypeOf<engine.HealthState>().toEqualTypeOf<wire.HealthState>();
  // A decision is made for one window, and may meet a model of another one; no node is shown as such.
  expectTypeOf<Exclude<engine.Access, 'otherWindow'>>().toEqualTypeOf<wire.NodeAccess>();
  expectTypeOf<engine.Objective>().toEqualTypeOf<wire.Objective>();
  expectTypeOf<engine.RejectionCode>().toEqualTypeOf<wire.RejectionCode>();
  expectTypeOf<engine.FailureKind>().toEqualTypeOf<wire.FailureKind>();
  expectTypeOf<engine.Strategy>().toEqualTypeOf<Of<typeof wire.shortageStrategies>>();
  expectTypeOf<engine.FlipFactor>().toEqualTypeOf<Of<typeof wire.flipFactors>>();
  expectTypeOf<engine.AlarmKind>().toEqualTypeOf<Of<typeof wire.alarmKinds>>();
  expectTypeOf<engine.AlarmAction>().toEqualTypeOf<Of<typeof wire.alarmActions>>();
});

it('stand in the same order where the order is shown', () => {
  expect(strategyOrder).toEqual(shortageStrategies);
  expect(taskClasses.slice(0, taskKinds.length)).toEqual(taskKinds);
});
