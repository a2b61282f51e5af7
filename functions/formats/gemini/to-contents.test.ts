import { describe, expect, test } from '@jest/globals';
import { geminiBodyOf } from '../../../test/support/gemini-body.ts';

const call = (id: string, name: string) => ({ id, type: 'function', function: { name, arguments: '{}' } });

describe('a conversation', () => {
  test('begins with its leading system messages as the instruction; later ones stay in place as the user’s text', () => {
    const { systemInstruction, contents } = geminiBodyOf({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'developer', content: [{ type: 'text', text: 'Be kind.', cache_control: { type: 'ephemeral' } }] },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello!' },
        { role: 'system', content: 'Now rhyme.' },
        { role: 'user', content: 'Go on' },
      ],
    });
    expect(systemInstruction).toEqual({ parts: [{ text: 'Be brief.' }, { text: 'Be kind.' }] });
    expect(contents).toEqual([
      { role: 'user', parts: [{ text: 'Hi' }] },
      { role: 'model', parts: [{ text: 'Hello!' }] },
      { role: 'user', parts: [{ text: 'Now rhyme.' }, { text: 'Go on' }] },
    ]);
  });

  test('of system messages alone is said by the user, since the API needs a content', () => {
    const body = geminiBodyOf({ messages: [{ role: 'system', content: 'Say hi.' }] });
    expect(body).toMatchObject({ contents: [{ role: 'user', parts: [{ text: 'Say hi.' }] }] });
    expect(body.systemInstruction).toBeUndefined();
  });

  test('loses its empty texts, which Vertex refuses, and is refused when nothing is left', () => {
    const messages = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: '' },
      { role: 'user', content: [{ type: 'text', text: '' }] },
      { role: 'user', content: 'b' },
    ];
    expect(geminiBodyOf({ messages }).contents).toEqual([{ role: 'user', parts: [{ text: 'a' }, { text: 'b' }] }]);
    expect(() => geminiBodyOf({ messages: [{ role: 'user', content: '' }] })).toThrow(
      expect.objectContaining({ code: 'invalid_request_error', param: 'messages' }),
    );
  });

  test('answers parallel calls in one content, in the order of the calls and without ids, then shows their images', () => {
    const { contents } = geminiBodyOf({
      messages: [
        { role: 'user', content: 'Look' },
        { role: 'assistant', tool_calls: [call('c1', 'camera'), call('c2', 'clock')] },
        { role: 'tool', tool_call_id: 'c2', content: 'noon' },
        {
          role: 'tool',
          tool_call_id: 'c1',
          content: [
            { type: 'text', text: 'taken' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
          ],
        },
        { role: 'user', content: 'And?' },
      ],
    });
    expect(contents.slice(2)).toEqual([
      {
        role: 'user',
        parts: [
          { functionResponse: { name: 'camera', response: { output: 'taken' } } },
          { functionResponse: { name: 'clock', response: { output: 'noon' } } },
          { text: 'Image returned by camera (call c1):' },
          { inlineData: { mimeType: 'image/png', data: 'AA==' } },
          { text: 'And?' },
        ],
      },
    ]);
    expect(JSON.stringify(contents)).not.toContain('"id"');
  });
});

describe('a tool result', () => {
  const resultOf = (text: string) =>
    geminiBodyOf({
      messages: [
        { role: 'assistant', tool_calls: [call('c1', 'f')] },
        { role: 'tool', tool_call_id: 'c1', content: text },
      ],
    }).contents[1]?.parts?.[0]?.functionResponse?.response;

  test.each([
    ['an object goes as it is', '{"temp": 31, "sky": {"clouds": null}}', { temp: 31, sky: { clouds: null } }],
    ['text is the output', 'sunny', { output: 'sunny' }],
    ['nothing is an empty output', '', { output: '' }],
    ['a list is the output', '[1,2]', { output: '[1,2]' }],
    ['null is the output', 'null', { output: 'null' }],
    [
      'an id too long for a double stays text',
      '{"id":12345678901234567890}',
      { output: '{"id":12345678901234567890}' },
    ],
    [
      'a key that the API reads hides nothing beside it',
      '{"error":0,"rows":[1]}',
      { output: '{"error":0,"rows":[1]}' },
    ],
  ])('%s', (_, text, response) => expect(resultOf(text)).toEqual(response));
});
