import { describe, expect, test } from '@jest/globals';
import { atOnce } from '../../../test/support/at-once.ts';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { sealOf } from '../../../test/support/seal-of.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { parseGenerateRequest } from './parse-request.ts';
import { toRelay } from './relay-request.ts';
import { toSignature } from './thought-seals.ts';
import { SKIP_SIGNATURE } from './to-model-parts.ts';

const issuer = 'google-gemini-v1' as const;
const plain = makeEndpoint({ format: 'gemini' });
const endpoint = (unknown: 'pass' | 'drop', send: 'budget' | 'level' = 'budget'): Endpoint => ({
  ...plain,
  request: { ...plain.request, unknown },
  reasoning: { ...plain.reasoning, issuer, send },
});
const parse = (body: object) => atOnce(parseGenerateRequest(body, { model: 'm', stream: false }));
const sent = (body: object, at = endpoint('pass')) => toRelay(parse(body), at, 77).body;
const say = (text: string) => ({ role: 'user', parts: [{ text }] });
const sealed = toSignature(
  [{ type: 'reasoning.text', text: 'Hm', signature: 's', format: 'anthropic-claude-v1' }],
  sealOf('a'),
);

test('a request leaves as it came, but for its limit and what was said to the router', () => {
  const body = {
    safetySettings: [{ category: 'C', threshold: 'T' }],
    contents: [say('Hello')],
    newField: { deep_field: 1 },
    generationConfig: { mediaResolution: 'M', maxOutputTokens: 100, new: 1 },
    provider: { order: ['a'] },
    session_id: 's',
    serviceTier: 'standard',
  };
  const relayed = sent(body);
  expect(Object.keys(relayed)).toEqual(['safetySettings', 'contents', 'newField', 'generationConfig']);
  expect(relayed.generationConfig).toEqual({ mediaResolution: 'M', maxOutputTokens: 77, new: 1 });
  expect(relayed.contents).toEqual(body.contents);
});

test('a limit is sent where none was asked for', () =>
  expect(sent({ contents: [say('Hello')] }).generationConfig).toEqual({ maxOutputTokens: 77 }));

describe('who takes no unknown fields', () => {
  const call = (id: string) => ({ functionCall: { id, name: 'look', args: { id: 'x' } } });
  const result = (id: string) => ({ functionResponse: { id, name: 'look', response: { of: id } } });
  const contents = [
    say('Look'),
    { role: 'model', parts: [call('a'), call('b')] },
    { role: 'user', parts: [result('b'), { text: 'And?' }, result('a')] },
  ];

  test('gets no ids of calls, and results in the order of the calls instead', () => {
    const relayed = sent({ contents, newField: 1 }, endpoint('drop'));
    expect(relayed).not.toHaveProperty('newField');
    const plainCall = { functionCall: { name: 'look', args: { id: 'x' } } };
    expect(relayed.contents).toEqual([
      contents[0],
      { role: 'model', parts: [plainCall, plainCall] },
      {
        role: 'user',
        parts: [
          { functionResponse: { name: 'look', response: { of: 'a' } } },
          { text: 'And?' },
          { functionResponse: { name: 'look', response: { of: 'b' } } },
        ],
      },
    ]);
  });

  test('and who takes them gets all of it', () => expect(sent({ contents }).contents).toEqual(contents));
});

describe('thoughts', () => {
  const turn = (parts: object[]) => ({ contents: [say('Look'), { role: 'model', parts }, say('Go on')] });
  const call = { functionCall: { name: 'look', args: {} } };

  test('that Google signed are passed on', () => {
    const body = turn([
      { text: 'Hm', thought: true },
      { ...call, thoughtSignature: 'AbC=' },
    ]);
    expect(sent(body).contents).toEqual(body.contents);
  });

  test('that were sealed for another are taken out, and so is what is left of nothing', () => {
    const body = turn([
      { text: 'Hm', thought: true },
      { text: 'I look.', thoughtSignature: sealed },
      { text: '', thoughtSignature: sealed },
    ]);
    expect((sent(body).contents as object[])[1]).toEqual({ role: 'model', parts: [{ text: 'I look.' }] });
    const empty = turn([{ text: '', thoughtSignature: sealed }]);
    expect(sent(empty).contents).toEqual([say('Look'), say('Go on')]);
  });

  test('of a call are replaced by Google’s own word, where a model wants one', () => {
    const body = turn([{ ...call, thoughtSignature: sealed }]);
    const partsAt = (at: Endpoint) => (sent(body, at).contents as { parts: object[] }[])[1]?.parts;
    expect(partsAt(endpoint('pass'))).toEqual([call]);
    expect(partsAt(endpoint('pass', 'level'))).toEqual([{ ...call, thoughtSignature: SKIP_SIGNATURE }]);
  });
});
