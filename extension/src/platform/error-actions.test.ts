import { RouterError, errorCatalog, isErrorCode } from '@task-router/protocol';
import { describe, expect, it } from 'vitest';
import { commandIds } from '../contributions.ts';
import { errorActions, errorText } from './error-actions.ts';

describe('errors as they are shown', () => {
  it('say what happened, what to do next, and the code', () => {
    const error = new RouterError('task.empty', 'The task is empty.');
    expect(errorText(error)).toBe('The task is empty. Say in a sentence what should be done. (task.empty)');
  });

  it('offer only commands that exist, and no more than fit', () => {
    const own: readonly string[] = Object.values(commandIds);
    const editors = [
      'workbench.trust.manage',
      'workbench.action.openSettings',
      'workbench.action.openWorkspaceSettings',
    ];
    for (const code of Object.keys(errorCatalog).filter(isErrorCode)) {
      const actions = errorActions(code);
      expect(actions.length).toBeLessThanOrEqual(3);
      for (const { command } of actions) expect([...own, ...editors]).toContain(command);
    }
  });

  it('offer the three ways on when no model is within reach', () => {
    expect(errorActions('route.none').map(({ command }) => command)).toEqual([
      commandIds.addKey,
      commandIds.openConfig,
      commandIds.startDemo,
    ]);
  });
});
