/**
 * Every state against every event. The type makes the table complete: a state or an event that is added does not
 * compile until each pair has its answer.
 *
 * Two promises can be read off it. No state is a dead end: `ejected`, `probing`, `recovering` and `degraded` move on
 * with time alone, `draining` and `disabled` end with `enable`. And what a person set by hand holds until a person
 * changes it: no call, probe or timer leads out of the last two rows.
 */
import type { HealthState } from '../model/route.ts';
import type { HealthEventType } from './health-event.ts';
import type { RouteHealthState } from './health-state.ts';
import * as to from './moves/index.ts';

type Move<Type extends HealthEventType> = (at: to.Situation<Type>) => RouteHealthState;
type Row = { readonly [Type in HealthEventType]: Move<Type> };

const inRotation = {
  attemptFailed: to.fail,
  probeSucceeded: to.countProbe,
  probeFailed: to.failProbe,
  alarm: to.ejectByAlarm,
  slow: to.degradeBySlowness,
  forgive: to.forgive,
  undo: to.stay,
  drain: to.drain,
  disable: to.disable,
  enable: to.stay,
  credentialChanged: to.beginAnew,
};
const onProbation = {
  ...inRotation,
  // It is watched anyway; a slow start is no reason for another state.
  slow: to.stay,
  undo: to.undo,
  attemptFailed: to.failOnProbation,
  probeFailed: to.failProbeOnProbation,
};
const byHand = {
  attemptSucceeded: to.countSuccess,
  attemptFailed: to.countFailureOnly,
  probeSucceeded: to.countProbe,
  probeFailed: to.stay,
  cooldownElapsed: to.stay,
  alarm: to.stay,
  slow: to.stay,
  forgive: to.stay,
  undo: to.stay,
  disable: to.disable,
  enable: to.enable,
  credentialChanged: to.stay,
};

export const healthTable: Readonly<Record<HealthState, Row>> = {
  unknown: {
    ...inRotation,
    // Nothing speaks for a route that fails before it ever answered: the next task is not to find out again.
    attemptFailed: to.failOnProbation,
    attemptSucceeded: to.becomeHealthy,
    probeSucceeded: to.becomeHealthyByProbe,
    cooldownElapsed: to.stay,
  },
  healthy: { ...inRotation, attemptSucceeded: to.countSuccess, cooldownElapsed: to.stay },
  degraded: {
    ...inRotation,
    attemptSucceeded: to.heal,
    cooldownElapsed: to.forgetDegraded,
    undo: to.undo,
  },
  ejected: {
    attemptSucceeded: to.readmitByAnswer,
    attemptFailed: to.failWhileOut,
    probeSucceeded: to.readmitByProbe,
    probeFailed: to.failProbeWhileOut,
    cooldownElapsed: to.endEjection,
    alarm: to.stay,
    slow: to.stay,
    forgive: to.forgive,
    undo: to.undo,
    drain: to.drain,
    disable: to.disable,
    enable: to.enable,
    credentialChanged: to.beginAnew,
  },
  probing: {
    ...onProbation,
    attemptSucceeded: to.readmitByAnswer,
    probeSucceeded: to.readmitByProbe,
    cooldownElapsed: to.endProbing,
  },
  recovering: { ...onProbation, undo: to.stay, attemptSucceeded: to.heal, cooldownElapsed: to.endRecovery },
  draining: { ...byHand, drain: to.stay },
  // Draining a route that is switched off would switch it on.
  disabled: { ...byHand, drain: to.stay, disable: to.stay },
};
