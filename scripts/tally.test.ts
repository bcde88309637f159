/** The last line of CI must never look better than what happened. */
import { describe, expect, it } from 'vitest';
import { countTier } from './tally.ts';

const report = (...files: (readonly [status: string, ...tests: string[]])[]) =>
  JSON.stringify({
    testResults: files.map(([status, ...tests]) => ({
      status,
      assertionResults: tests.map((test) => ({ status: test })),
    })),
  });

describe('tally', () => {
  it.each([
    ['a clean tier', report(['passed', 'passed', 'passed']), 0, { passed: 2, failed: 0 }],
    [
      'failed tests',
      report(['failed', 'passed', 'failed'], ['passed', 'passed']),
      1,
      { passed: 2, failed: 1 },
    ],
    [
      'skipped tests, which are neither',
      report(['passed', 'passed', 'skipped']),
      0,
      { passed: 1, failed: 0 },
    ],
    ['a file that did not load', report(['failed'], ['passed', 'passed']), 1, { passed: 1, failed: 1 }],
    ['an unhandled error beside passing tests', report(['passed', 'passed']), 1, { passed: 1, failed: 1 }],
    ['a crash without a report', null, 134, { passed: 0, failed: 1 }],
    ['a check without tests', null, 0, { passed: 0, failed: 0 }],
  ])('counts %s', (_what, text, exitCode, expected) => {
    expect(countTier(text, exitCode)).toEqual(expected);
  });
});
