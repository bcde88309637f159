/** The last lines of CI must say what failed, and never look better than what happened. */
import { describe, expect, it } from 'vitest';
import { countTier, failuresIn } from './tally.ts';

const report = (...files: (readonly [status: string, ...tests: string[]])[]) =>
  JSON.stringify({
    testResults: files.map(([status, ...tests], index) => ({
      name: `test/${index}.test.ts`,
      status,
      message: status === 'failed' && tests.length === 0 ? 'Cannot find module' : '',
      assertionResults: tests.map((test, at) => ({
        status: test,
        fullName: `group test ${at}`,
        failureMessages: test === 'failed' ? ['expected 1 to be 2\n    at somewhere'] : [],
      })),
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

  it('says what failed, and why', () => {
    expect(failuresIn(report(['failed', 'passed', 'failed'], ['failed'], ['passed', 'passed']))).toEqual([
      'test/0.test.ts > group test 1\n    expected 1 to be 2\n        at somewhere',
      'test/1.test.ts\n    Cannot find module',
    ]);
    expect(failuresIn(null)).toEqual([]);
  });

  it('says the beginning of a long message only', () => {
    const message = `${'x'.repeat(10_000)}\\n`.repeat(100);
    const long = report(['failed', 'failed']).replace('expected 1 to be 2', message);
    expect(long.length).toBeGreaterThan(1_000_000);
    expect(failuresIn(long).join('').length).toBeLessThan(6_000);
  });
});
