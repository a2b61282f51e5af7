import { describe, expect, test } from '@jest/globals';
import { gemini, geminiBodyOf, type Setting } from '../../../test/support/gemini-body.ts';

interface Call {
  id: string;
  thought_signature?: string;
}
const call = (id: string, fields: object = {}) => ({
  id,
  type: 'function',
  function: { name: id, arguments: '{"a":1}' },
  ...fields,
});
const called = (name: string, signature?: string) => ({
  functionCall: { name, args: { a: 1 } },
  ...(signature ? { thoughtSignature: signature } : {}),
});
const encrypted = (fields: object) => ({ type: 'reasoning.encrypted', data: 'S', format: gemini, ...fields });
const thought = (fields: object) => ({ type: 'reasoning.text', text: 'Hm.', format: gemini, ...fields });

function partsOf(message: { tool_calls?: Call[]; [field: string]: unknown }, setting: Setting = { send: 'budget' }) {
  const results = (message.tool_calls ?? []).map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'x' }));
  const messages = [{ role: 'user', content: 'Hi' }, { role: 'assistant', ...message }, ...results];
  return geminiBodyOf({ messages }, setting).contents[1]?.parts;
}

describe('an assistant’s earlier turn', () => {
  test('has its texts, its refusal and then its calls', () => {
    const content = [
      { type: 'text', text: 'a' },
      { type: 'refusal', refusal: 'b' },
    ];
    expect(partsOf({ content, tool_calls: [call('f')] })).toEqual([{ text: 'a' }, { text: 'b' }, called('f')]);
  });

  test('may call without arguments', () => {
    const bare = { ...call('f'), function: { name: 'f', arguments: '' } };
    expect(partsOf({ tool_calls: [bare] })).toEqual([{ functionCall: { name: 'f', args: {} } }]);
  });

  test.each(['nonsense', '[1]', '"a"'])('cannot call with %s for arguments', (text) => {
    const broken = { ...call('f'), function: { name: 'f', arguments: text } };
    expect(() => partsOf({ tool_calls: [broken] })).toThrow(
      expect.objectContaining({
        code: 'invalid_request_error',
        param: 'messages.1.tool_calls.0.function.arguments',
      }),
    );
  });
});

describe('a signature goes back', () => {
  test.each([
    ['by the call’s own field', { tool_calls: [call('f', { thought_signature: 'S' }), call('g')] }],
    ['by Google’s', { tool_calls: [call('f', { extra_content: { google: { thought_signature: 'S' } } }), call('g')] }],
    [
      'by a detail that names the call',
      { tool_calls: [call('f'), call('g')], reasoning_details: [encrypted({ id: 'f', index: 1 })] },
    ],
  ])('on its call, %s', (_, message) => expect(partsOf(message)).toEqual([called('f', 'S'), called('g')]));

  test('on the text, at its place', () => {
    const message = { content: 'Done.', tool_calls: [call('f')], reasoning_details: [encrypted({ index: 1 })] };
    expect(partsOf(message)).toEqual([called('f'), { text: 'Done.', thoughtSignature: 'S' }]);
  });

  test('on the text, where a client dropped the index', () => {
    const message = { content: 'Done.', tool_calls: [call('f')], reasoning_details: [encrypted({})] };
    expect(partsOf(message)).toEqual([{ text: 'Done.', thoughtSignature: 'S' }, called('f')]);
  });

  test('on the text, by Google’s own field', () => {
    const message = { content: 'Done.', extra_content: { google: { thought_signature: 'S' } } };
    expect(partsOf(message)).toEqual([{ text: 'Done.', thoughtSignature: 'S' }]);
    expect(partsOf({ ...message, reasoning_details: [encrypted({ index: 0 })] })).toEqual(partsOf(message));
  });

  test.each([{ vendor: 1 }, { google: 'S' }, { google: { thought_signature: 7 } }, 'S', null])(
    'nowhere, where the field is another’s: %j',
    (extra_content) => {
      const message = { content: 'Done.', tool_calls: [call('f', { extra_content })], extra_content };
      expect(partsOf(message)).toEqual([{ text: 'Done.' }, called('f')]);
    },
  );

  test('on an empty text, where the answer had none', () => {
    expect(partsOf({ reasoning_details: [encrypted({ index: 0 })] })).toEqual([{ text: '', thoughtSignature: 'S' }]);
  });

  test('with its thought, put together again', () => {
    const pieces = [
      thought({ index: 0 }),
      thought({ index: 0, text: ' Yes.' }),
      { ...thought({ index: 0 }), text: null },
    ];
    const signed = pieces.map((piece, at) => (at === 2 ? { ...piece, signature: 'T' } : piece));
    expect(partsOf({ content: 'Done.', reasoning_details: signed })).toEqual([
      { text: 'Hm. Yes.', thought: true, thoughtSignature: 'T' },
      { text: 'Done.' },
    ]);
  });

  test('to nobody but its issuer', () => {
    const details = [
      { ...thought({ signature: 'C', index: 0 }), format: 'anthropic-claude-v1' },
      { ...encrypted({ index: 1 }), format: 'anthropic-claude-v1' },
      { ...encrypted({ id: 'f' }), format: 'openai-responses-v1' },
    ];
    expect(partsOf({ content: 'Done.', tool_calls: [call('f')], reasoning_details: details })).toEqual([
      { text: 'Done.' },
      called('f'),
    ]);
  });

  test('nowhere, where the endpoint replays nothing', () => {
    const message = {
      content: 'Done.',
      tool_calls: [call('f', { thought_signature: 'S' })],
      reasoning_details: [thought({ signature: 'T', index: 0 }), encrypted({ index: 1 })],
    };
    expect(partsOf(message, { send: 'budget', replay: 'never' })).toEqual([{ text: 'Done.' }, called('f')]);
  });

  test('and thoughts without one stay away, but keep their place', () => {
    const details = [thought({ index: 0 }), encrypted({ index: 2 })];
    expect(partsOf({ content: 'Done.', tool_calls: [call('f')], reasoning_details: details })).toEqual([
      called('f'),
      { text: 'Done.', thoughtSignature: 'S' },
    ]);
    expect(partsOf({ reasoning_details: details }, { replay: 'always' })).toEqual([
      { text: 'Hm.', thought: true },
      { text: '', thoughtSignature: 'S' },
    ]);
  });
});

describe('Gemini 3 gets the documented skip value', () => {
  const skip = 'skip_thought_signature_validator';
  const gemini3: Setting = { send: 'level' };
  test('on the first call of a step whose signature a client dropped, and on no other', () => {
    expect(partsOf({ tool_calls: [call('f'), call('g')] }, gemini3)).toEqual([called('f', skip), called('g')]);
  });

  test('not where the signature is there', () => {
    const tool_calls = [call('f', { thought_signature: 'S' }), call('g')];
    expect(partsOf({ tool_calls }, gemini3)).toEqual([called('f', 'S'), called('g')]);
  });

  test('in place of the signature of another issuer', () => {
    const reasoning_details = [{ ...encrypted({ id: 'f' }), format: 'openai-responses-v1' }];
    expect(partsOf({ tool_calls: [call('f')], reasoning_details }, gemini3)).toEqual([called('f', skip)]);
  });
});
