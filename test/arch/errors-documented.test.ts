/**
 * docs/errors.md and the protocol say the same: every error, every reason for dropping a route and every kind of failed
 * attempt is explained there, and nothing else is.
 */
import { errorCatalog, failureKindSchema, rejectionCodes } from '@task-router/protocol';
import { describe, expect, it } from 'vitest';
import { projectFiles } from './project-files.ts';

const [page] = projectFiles(/^docs\/errors\.md$/);
const [errors = '', rejections = '', failures = ''] = (page?.text ?? '').split(/^## /m);

/** What stands in backquotes at the start of each table row, with the cell after it. */
function rows(section: string): { code: string; next: string }[] {
  return [...section.matchAll(/^\| *`([\w.]+)` *\| *([^|]*?) *\|/gm)].map(([, code = '', next = '']) => ({
    code,
    next,
  }));
}

const codes = (section: string) =>
  rows(section)
    .map(({ code }) => code)
    .toSorted();

describe('docs/errors.md', () => {
  it('explains every error code with its number, and only those', () => {
    const catalog = Object.entries(errorCatalog).map(([code, { number }]) => `${code} ${number}`);
    expect(
      rows(errors)
        .map(({ code, next }) => `${code} ${next}`)
        .toSorted(),
    ).toEqual(catalog.toSorted());
  });

  it('explains every reason for which a route is dropped, and only those', () => {
    expect(codes(rejections)).toEqual(rejectionCodes.toSorted());
  });

  it('explains every way in which an attempt fails, and only those', () => {
    expect(codes(failures)).toEqual(failureKindSchema.options.toSorted());
  });
});

describe('the error catalogue', () => {
  it('gives every error a number of its own, outside the range that JSON-RPC keeps', () => {
    const numbers = Object.values(errorCatalog).map((entry) => entry.number);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.filter((number) => number >= -32768 && number <= -32000)).toEqual([]);
  });
});
