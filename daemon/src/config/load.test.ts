import { describe, expect, it } from 'vitest';
import { parseConfig } from './load.ts';
import type { FileProblem } from './problem.ts';

function problems(text: string): readonly FileProblem[] {
  const parsed = parseConfig(text);
  return parsed.ok ? [] : parsed.problems;
}

/** Code, line, and the very text that is marked. */
function check(
  text: string,
  ...expected: { code: string; line: number; marks: string; message?: string }[]
): void {
  const found = problems(text).map(({ code, line, offset, length, message }) => ({
    code,
    line,
    marks: text.slice(offset, offset + length),
    message,
  }));
  expect(found).toEqual(expected.map((one) => ({ message: expect.any(String) as string, ...one })));
}

describe('parseConfig', () => {
  it('reads the example of the documentation, comments and trailing commas included', () => {
    const parsed = parseConfig(`{
      // two places
      "nodes": [
        { "id": "local", "provider": "ollama", "baseUrl": "http://127.0.0.1:11434" },
        { "id": "lab", "provider": "openai-compatible", "baseUrl": "https://models.example/v1", "apiKeyEnv": "LAB_KEY",
          "models": [{ "id": "coder-large", "contextWindow": 131072, "maxOutputTokens": 16384,
                       "prices": { "inputPerMTok": 0.6, "outputPerMTok": 2.4 },
                       "capabilities": { "tools": true, "vision": false, "reasoning": true, "structuredOutput": true } }],
          "limits": { "requestsPerMinute": 60, "concurrency": 4 } },
      ],
      "policy": { "objective": "balanced", "allow": ["*"], "deny": [], "maxCostPerTaskUsd": 0.5 },
      "budgets": [{ "scope": "user", "window": "day", "limitUsd": 5, "hard": true }], /* end */
    }`);
    expect(parsed).toMatchObject({ ok: true, config: { nodes: [{ id: 'local' }, { id: 'lab' }] } });
    expect(parseConfig('{}')).toMatchObject({ ok: true, config: { nodes: [], policy: {} } });
  });

  it('names an unknown key and the nearest known one', () => {
    check(
      '{\n  "polcy": {},\n  "nodes": [{ "id": "a", "provider": "ollama", "baseURL": "x" }]\n}',
      {
        code: 'config.unknownKey',
        line: 3,
        marks: '"baseURL"',
        message: 'Unknown key "baseURL" in nodes[0]; the nearest known key is "baseUrl".',
      },
      {
        code: 'config.unknownKey',
        line: 2,
        marks: '"polcy"',
        message: 'Unknown key "polcy"; the nearest known key is "policy".',
      },
    );
    check('{ "policy": { "wieghts": {} } }', {
      code: 'config.unknownKey',
      line: 1,
      marks: '"wieghts"',
      message: 'Unknown key "wieghts" in policy; the nearest known key is "weights".',
    });
  });

  it('marks the value that is wrong, with its path', () => {
    check('{\n"policy": {\n"objective": "best" } }', {
      code: 'config.invalidValue',
      line: 3,
      marks: '"best"',
      message: expect.stringMatching(/^policy\.objective: /) as string,
    });
    check('{ "nodes": [{ "id": "a", "provider": "openai", "baseUrl": "http://models.example" }] }', {
      code: 'config.invalidValue',
      line: 1,
      marks: '"http://models.example"',
      message: 'nodes[0].baseUrl: must be https, or http on this machine (127.0.0.1, ::1 or localhost)',
    });
    check('[]', { code: 'config.invalidValue', line: 1, marks: '[]' });
  });

  it('marks an address that no call goes to, however it is written', () => {
    const node = (baseUrl: string) =>
      `{ "id": "n", "provider": "openai-compatible", "baseUrl": "${baseUrl}" }`;
    check(
      `{ "nodes": [\n${node('https://169.254.169.254/v1')},\n${node('https://2852039166').replace('"n"', '"m"')}] }`,
      {
        code: 'config.invalidValue',
        line: 2,
        marks: '"https://169.254.169.254/v1"',
        message: expect.stringMatching(
          /^nodes\[0\]\.baseUrl: 169\.254\.169\.254 is .* Write the address under which/,
        ) as string,
      },
      { code: 'config.invalidValue', line: 3, marks: '"https://2852039166"' },
    );
    expect(problems(`{ "nodes": [${node('https://192.168.1.20/v1')}] }`)).toEqual([]);
  });

  it('marks what should contain a missing value', () => {
    check('{ "nodes": [\n{ "id": "a" }] }', { code: 'config.invalidValue', line: 2, marks: '{ "id": "a" }' });
  });

  it('says where the JSON is broken', () => {
    check(
      '{\n  "nodes": [\n',
      { code: 'config.malformed', line: 3, marks: '', message: 'A closing bracket is expected here.' },
      { code: 'config.malformed', line: 3, marks: '' },
    );
    expect(problems('{\r\n"a" 1 }')[0]).toMatchObject({ code: 'config.malformed', line: 2 });
    expect(problems('{ "a": \'x\' }').map(({ code }) => code)).toContain('config.malformed');
    for (const text of ['', '   ', '// only a comment', '{} {}', '{ "a": 1 } trailing', '/* open']) {
      expect({ text, code: problems(text)[0]?.code }).toEqual({ text, code: 'config.malformed' });
    }
  });

  it('does not let the second of two equal keys win in silence', () => {
    check('{ "policy": { "localOnly": true,\n"localOnly": false } }', {
      code: 'config.malformed',
      line: 2,
      marks: '"localOnly"',
      message: 'The key "localOnly" stands twice in the same object.',
    });
  });

  it('repeats no value, which might be a key', () => {
    const text =
      '{ "nodes": [{ "id": "a", "provider": "sk-canary", "apiKey": "sk-canary", "apiKeyEnv": "sk-canary" }] }';
    expect(problems(text).length).toBeGreaterThan(0);
    expect(JSON.stringify(problems(text))).not.toContain('sk-canary');
  });

  it('stays within bounds whatever it is given', () => {
    const startedMs = performance.now();
    const many = Array.from({ length: 20_000 }, (_, n) => `"key${n}": 1`).join(',');
    expect(problems(`{ ${many} }`)).toHaveLength(100);
    expect(problems(`{ "${'x'.repeat(500_000)}": 1 }`)[0]?.message.length).toBeLessThan(300);
    expect(problems('x'.repeat(1024 * 1024 + 1))).toMatchObject([{ code: 'config.tooLarge', line: 1 }]);
    expect(problems('['.repeat(1_000_000))).toMatchObject([{ code: 'config.malformed' }]);
    expect(problems(',,'.repeat(500_000)).length).toBeLessThanOrEqual(100);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });
});
