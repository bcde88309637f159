import { describe, expect, it } from 'vitest';
import { failureOf, modelFailure } from './lm-failure.ts';

function editorError(code: string | undefined, message: string, cause?: Error): Error {
  return Object.assign(new Error(message, cause && { cause }), code === undefined ? {} : { code });
}

const cases: readonly (readonly [name: string, error: unknown, kind: string])[] = [
  ['no permission', editorError('NoPermissions', 'no'), 'consentNeeded'],
  ['a model that is gone', editorError('NotFound', 'no'), 'modelNotFound'],
  ['a quota', editorError('Blocked', 'You have exceeded your quota'), 'rateLimit'],
  ['a filter', editorError('Blocked', 'Response got filtered'), 'contentPolicy'],
  ['a model not for us', editorError('Unknown', '400 model_not_supported'), 'modelNotFound'],
  ['a rate limit in the cause', editorError('Unknown', 'failed', new Error('429 rate limited')), 'rateLimit'],
  ['a long prompt', editorError('Unknown', 'prompt is too long'), 'contextLength'],
  ['no network', editorError(undefined, 'fetch failed'), 'network'],
  ['anything else', editorError(undefined, 'boom'), 'server'],
  ['no error at all', 'boom', 'server'],
];

describe('failureOf', () => {
  it.each(cases)('knows %s', (_name, error, kind) => {
    expect(failureOf(error).details).toEqual({ kind });
  });

  it('asks for consent with a code of its own, and keeps a failure that is typed already', () => {
    expect(failureOf(editorError('NoPermissions', 'no')).code).toBe('editor.consentNeeded');
    const typed = modelFailure('deadline', 'too late');
    expect(failureOf(typed)).toBe(typed);
  });
});
