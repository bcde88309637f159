/**
 * Every state against every event. The type makes the table complete: a state or an event that is added does not
 * compile until each pair has its answer.
 *
 * Two promises can be read off it. No state is a dead end: `ejected`, `probing`, `recovering` and `degraded` move on
 * with time alone, `draining` and `disabled` end with `enable` or `undo`. And what a person set by hand holds until a
 * person changes it: no call, probe or timer leads out of the last two rows. They happen to what was set aside, so that
 * a limit that was reached meanwhile holds when the route comes back.
 */
import type { HealthState } from '../model/route.ts';
import type { HealthEvent, HealthEventType } from './health-event.ts';
import type { RouteHealthState } from './health-state.ts';
import * as to from './moves/index.ts';

type Move<Type extends HealthEventType> = (at: to.Situation<Type>) => RouteHealthState;
type Row = { readonly [Type in HealthEventType]: Move<Type> };

const inRotation = {
  attemptFailed: to.fail,
  probeSucceeded: to.countProbe,
  probeFailed: to.failProbe,
  alarm: to.ejectByAlarm,
  failing: to.holdBack,
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
  failing: to.stay,
  slow: to.stay,
  undo: to.undo,
  attemptFailed: to.failOnProbation,
  probeFailed: to.failProbeOnProbation,
};
const byHand = {
  attemptSucceeded: behind,
  attemptFailed: behind,
  probeSucceeded: behind,
  probeFailed: behind,
  cooldownElapsed: behind,
  alarm: behind,
  failing: behind,
  slow: behind,
  forgive: behind,
  credentialChanged: behind,
  undo: to.comeBack,
  disable: to.disable,
  enable: to.enable,
};

const healthTable: Readonly<Record<HealthState, Row>> = {
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
    failing: to.stay,
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

/** The table's answer: what a route is after an event. */
export function answerOf<Type extends HealthEventType>(at: to.Situation<Type>): RouteHealthState {
  const event: HealthEvent<Type> = at.event;
  const type: Type = event.type;
  return healthTable[at.health.state][type](at);
}

/** Happens to what a person's word stands before. */
function behind(at: to.Situation): RouteHealthState {
  const { setAside } = at.health;
  if (setAside === null) return at.health;
  const after = answerOf({ ...at, health: setAside });
  return after === setAside ? at.health : { ...at.health, setAside: after };
}
