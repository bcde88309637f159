import { describe, expect, it } from 'vitest';
import { requestBody } from './request-body.ts';

function sent(text: string, { streams = true, mayAsk = true, format = 'openai-chat' as const } = {}) {
  const from = text.indexOf('"auto"');
  const request = {
    ...{ modelId: 'large "1"', body: Buffer.from(text), headers: {}, streams },
    modelAt: [from, from + '"auto"'.length] as const,
  };
  const { pieces, hidesUsage } = requestBody(request, format, mayAsk);
  return { text: Buffer.concat(pieces).toString(), hidesUsage };
}

describe('the body of a passed call', () => {
  it('is the client’s own but for the model and the wish for counts', () => {
    const text = '{ "big": 12345678901234567890, "model":"auto","messages":[{"content":"a } b"}] }\n';
    const { text: out, hidesUsage } = sent(text);
    expect(out).toBe(
      '{ "big": 12345678901234567890, "model":"large \\"1\\"","messages":[{"content":"a } b"}] ' +
        ',"stream_options":{"include_usage":true}}\n',
    );
    expect(hidesUsage).toBe(true);
    expect(JSON.parse(out)).toMatchObject({ model: 'large "1"', stream_options: { include_usage: true } });
  });

  it('says nothing of counts where the client does, where nothing streams, and where the server refuses', () => {
    const own = '{"model":"auto","stream_options":{"include_usage":false}}';
    expect(sent(own)).toEqual({ text: own.replace('auto', 'large \\"1\\"'), hidesUsage: false });
    expect(sent('{"model":"auto"}', { streams: false }).hidesUsage).toBe(false);
    expect(sent('{"model":"auto"}', { mayAsk: false }).hidesUsage).toBe(false);
  });

  it('does not take words of a prompt for the client’s wish', () => {
    expect(sent(JSON.stringify({ model: 'auto', messages: ['set "stream_options" here'] })).hidesUsage).toBe(
      true,
    );
  });

  it('names the limit that Anthropic’s format demands, where the client left it out', () => {
    const body = Buffer.from('{"model":"auto","messages":[{"content":"}"}]}\n');
    const request = { modelId: 'm', body, modelAt: [9, 15] as const, headers: {}, streams: true };
    const { pieces } = requestBody({ ...request, addedMaxTokens: 4_096 }, 'anthropic-messages', true);
    expect(Buffer.concat(pieces).toString()).toBe(
      '{"model":"m","messages":[{"content":"}"}],"max_tokens":4096}\n',
    );
  });
});
