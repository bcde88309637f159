/** No key of any vendor in the project, not even an expired one: what looks like a key teaches people to paste keys. */
import { describe, expect, it } from 'vitest';
import { linesMatching, projectFiles } from './project-files.ts';

/** The forms real keys have. Test keys are shorter than any real one, or say `test`, `demo`, `fake` or `secret`. */
const key = new RegExp(
  [
    'sk-(ant-|proj-|or-)?(?!test|demo|fake|secret)[A-Za-z0-9_-]{30,}',
    'AIza[0-9A-Za-z_-]{35}',
    'gh[a-z]_[A-Za-z0-9]{36}',
    'github_pat_[A-Za-z0-9_]{40,}',
    'npm_[A-Za-z0-9]{36}',
    'xox[a-z]-[A-Za-z0-9-]{10,}',
    'AKIA[0-9A-Z]{16}',
    'hf_[A-Za-z0-9]{30,}',
    '-----BEGIN [A-Z ]*PRIVATE KEY-----\\n?[A-Za-z0-9+/=]',
  ]
    .map((form) => `(?<![A-Za-z0-9])${form}`)
    .join('|'),
);

describe('secrets', () => {
  it.each([
    `sk-${'a1B2c3D4e5'.repeat(3)}`,
    `sk-ant-api03-${'a1B2c3D4e5'.repeat(4)}`,
    `AIza${'a1B2c3D'.repeat(5)}`,
    `ghp_${'a1B2c3'.repeat(6)}`,
    `AKIA${'A1B2'.repeat(4)}`,
  ])('are recognised: %s', (text) => {
    expect(linesMatching([{ path: 'planted.ts', text: `const key = '${text}';` }], key)).toHaveLength(1);
  });

  it.each(['sk-test-0123456789012345678901234567', 'task-router-extension-development-host'])(
    'are not seen in %s',
    (text) => {
      expect(linesMatching([{ path: 'planted.ts', text }], key)).toEqual([]);
    },
  );

  it('are in no file of the project', () => {
    expect(linesMatching(projectFiles(), key)).toEqual([]);
  });
});
