import { parse, type ParseError } from 'jsonc-parser';
import { configSchema } from '@task-router/protocol';
import { describe, expect, it } from 'vitest';
import { configTemplate } from './config-template.ts';

const parsed = (text: string): unknown => {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  expect(errors).toEqual([]);
  return value;
};

describe('the template of config.jsonc', () => {
  it('changes nothing', () => {
    expect(configSchema.parse(parsed(configTemplate))).toEqual(configSchema.parse({}));
  });

  it('is right in everything that it suggests', () => {
    const suggested = configTemplate.replace(/^(\s*)\/\/ (?=[{}"\s])/gm, '$1').replace(/ \/\/ or .*$/gm, '');
    const config = configSchema.parse(parsed(suggested));
    expect(config.nodes.map(({ id }) => id)).toEqual(['local', 'lab']);
    expect(config.policy).toMatchObject({ objective: 'balanced', localOnly: true });
    expect(config.budgets.length).toBe(1);
  });
});
