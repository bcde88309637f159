import { ResponseError } from 'vscode-jsonrpc/node';
import { describe, expect, it } from 'vitest';
import { RouterError, errorCatalog, isErrorCode, toRouterError } from './errors.ts';
import { fromResponseError, toResponseError } from './node/rpc-errors.ts';

describe('error catalogue', () => {
  it('has a number of its own for each code, outside what JSON-RPC and LSP reserve', () => {
    const numbers = Object.values(errorCatalog).map(({ number }) => number);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.every((number) => number > 0)).toBe(true);
  });

  it('says what to do next in a sentence', () => {
    for (const { next } of Object.values(errorCatalog)) expect(next).toMatch(/^[A-Z].{10,}\.$/s);
  });

  it('knows its own codes only', () => {
    expect(isErrorCode('task.empty')).toBe(true);
    expect(['toString', '__proto__', '', 7, null].some(isErrorCode)).toBe(false);
  });
});

describe('errors on the wire', () => {
  /** As the other side sees it: through JSON. */
  const travel = (error: RouterError): RouterError => {
    const { code, message, data } = JSON.parse(JSON.stringify(toResponseError(error).toJson())) as {
      code: number;
      message: string;
      data: unknown;
    };
    return fromResponseError(new ResponseError(code, message, data));
  };

  it('arrive with code, next step and details', () => {
    const sent = new RouterError('route.none', 'nothing fits', {
      next: 'Add a key.',
      details: { rejections: [] },
    });
    expect(travel(sent)).toMatchObject({
      code: 'route.none',
      message: 'nothing fits',
      next: 'Add a key.',
      details: { rejections: [] },
    });
  });

  it('arrive without details too', () => {
    expect(travel(new RouterError('task.empty', 'say something'))).toMatchObject({
      code: 'task.empty',
      next: errorCatalog['task.empty'].next,
    });
  });

  it('of another version are still an error that can be shown', () => {
    const foreign = new ResponseError(1, 'secret text', { code: 'something.new', next: 'x', details: null });
    expect(fromResponseError(foreign)).toMatchObject({ code: 'internal.unexpected' });
    expect(fromResponseError(foreign).message).not.toContain('secret');
    expect(fromResponseError(new ResponseError(-32601, 'Unhandled method'))).toMatchObject({
      code: 'internal.unexpected',
    });
  });

  it.each([-32097, -32096, -32099])('a connection that ends (%i) is daemon.unreachable', (code) => {
    expect(fromResponseError(new ResponseError(code, 'gone')).code).toBe('daemon.unreachable');
  });

  it('of unknown origin lose their text', () => {
    expect(toRouterError(new Error('key sk-1')).message).not.toContain('sk-1');
    const known = new RouterError('task.empty', 'x');
    expect(toRouterError(known)).toBe(known);
  });
});
