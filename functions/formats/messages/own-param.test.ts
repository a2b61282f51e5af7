import { describe, expect, test } from '@jest/globals';
import { atOnce } from '../../../test/support/at-once.ts';
import { MeshError } from '../../core/errors.ts';
import { invalid } from '../shared/refusals.ts';
import { withOwnParams } from './own-param.ts';
import { parseMessagesRequest } from './parse-request.ts';

const image = { type: 'image', source: { type: 'url', url: 'https://a.example/b.png' } };
const call = (id: string) => ({ type: 'tool_use', id, name: 'look', input: {} });
const result = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: 'Rain' });
const { places, chat } = atOnce(
  parseMessagesRequest({
    model: 'm',
    max_tokens: 10,
    system: 'Be brief.',
    messages: [
      { role: 'user', content: 'Look' },
      { role: 'assistant', content: [call('a'), call('b')] },
      { role: 'user', content: [{ type: 'text', text: 'Here:' }, result('a'), result('b'), image] },
      { role: 'user', content: [image] },
      { role: 'assistant', content: 'Fine.' },
    ],
  }),
);

/** How a refusal of a pivot's path is told. */
function told(param: string): [string | null, string] {
  try {
    return withOwnParams(places, () => {
      throw invalid(param, `${param} is wrong.`);
    });
  } catch (error) {
    const { param: own, message } = error as MeshError;
    return [own, message];
  }
}

describe('what is refused on the way to another format is told by its place in the request', () => {
  test.each([
    ['messages.0', 'system'],
    ['messages.0.content', 'system'],
    ['messages.1.content', 'messages.0'],
    ['messages.2', 'messages.1'],
    ['messages.3', 'messages.2.content.1'],
    ['messages.4.content', 'messages.2.content.2'],
    ['messages.5.content.0', 'messages.2.content.0'],
    ['messages.5.content.1.image_url.url', 'messages.2.content.3'],
    ['messages.5.content.2.image_url.url', 'messages.3.content.0'],
    ['messages.6', 'messages.4'],
    ['tools.1.function.parameters.properties.a', 'tools.1.input_schema.properties.a'],
    ['tools.1.function.name', 'tools.1.name'],
    ['tool_choice.function.name', 'tool_choice.name'],
    ['response_format.json_schema.schema', 'output_config.format.schema'],
    ['messages.99', 'messages.99'],
  ])('%s is %s', (param, own) => expect(told(param)).toEqual([own, `${own} is wrong.`]));

  test.each([
    ['stop', 'stop_sequences'],
    ['user', 'metadata.user_id'],
    ['temperature', 'temperature'],
    ['messages', 'messages'],
  ])('%s is %s, in the words that it was said in', (param, own) =>
    expect(told(param)).toEqual([own, `${param} is wrong.`]),
  );

  test('and each message of the pivot has one', () => expect(places.length).toBe(chat.messages.length));

  test('what has no place, or is no refusal, stays as it is', () => {
    for (const error of [new MeshError('upstream_error'), new TypeError('x')]) {
      expect(() =>
        withOwnParams(places, () => {
          throw error;
        }),
      ).toThrow(error);
    }
  });
});
