import { expect, test } from '@jest/globals';
import { atOnce } from '../../../test/support/at-once.ts';
import { parseChatRequest } from './parse-request.ts';

const URL = 'https://example.com/a.png';
const image = (image_url: object) => ({ type: 'image_url', image_url });

/** The parts of the user's content, as the router works with them. */
function partsOf(content: unknown) {
  const { chat, raw } = atOnce(parseChatRequest({ model: 'm', messages: [{ role: 'user', content }] }));
  const [message] = chat.messages;
  expect((raw.messages as object[])[0]).toMatchObject({ content: message?.content });
  return message?.content;
}

test.each([
  ['as OpenAI has it', image({ url: URL, detail: 'low' }), image({ url: URL, detail: 'low' })],
  ['as its URL alone', { type: 'image_url', image_url: URL }, image({ url: URL })],
  [
    'with a detail beside it',
    { type: 'image_url', image_url: URL, detail: 'high' },
    image({ url: URL, detail: 'high' }),
  ],
  ['in all its detail', image({ url: URL, detail: 'original' }), image({ url: URL, detail: 'high' })],
  ['without a detail', image({ url: URL, detail: null }), image({ url: URL, detail: null })],
  [
    'of the Responses API',
    { type: 'input_image', image_url: URL, detail: 'auto' },
    image({ url: URL, detail: 'auto' }),
  ],
  ['of Anthropic, by URL', { type: 'image', source: { type: 'url', url: URL } }, image({ url: URL })],
  [
    'of Anthropic, its data',
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0K' } },
    image({ url: 'data:image/png;base64,iVBORw0K' }),
  ],
])('an image %s is an image', (_, part, mended) => expect(partsOf([part])).toEqual([mended]));

test.each([
  ['a text alone', ['a'], [{ type: 'text', text: 'a' }]],
  ['a text of the Responses API', [{ type: 'input_text', text: 'a' }], [{ type: 'text', text: 'a' }]],
  ['one part that is no list', { type: 'text', text: 'a' }, [{ type: 'text', text: 'a' }]],
  [
    'a video as its URL alone',
    [{ type: 'video_url', video_url: URL }],
    [{ type: 'video_url', video_url: { url: URL } }],
  ],
  [
    'a file of the Responses API',
    [{ type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA==' }],
    [{ type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA==' } }],
  ],
])('%s is taken', (_, content, mended) => expect(partsOf(content)).toEqual(mended));

test('a cache marker stays with its part', () =>
  expect(partsOf([{ type: 'input_text', text: 'a', cache_control: { type: 'ephemeral' } }])).toEqual([
    { type: 'text', text: 'a', cache_control: { type: 'ephemeral' } },
  ]));

test('a result that says nothing is empty', () => {
  const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
  const { chat } = atOnce(
    parseChatRequest({
      model: 'm',
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', tool_calls: [call] },
        { role: 'tool', tool_call_id: 'c', content: null },
      ],
    }),
  );
  expect(chat.messages[2]).toMatchObject({ content: '' });
});

test.each([
  ['an image without a URL', [{ type: 'image_url' }], 'messages.0.content.0.image_url.url'],
  ['a URL that is none', [{ type: 'text', text: 'a' }, image({ url: 7 })], 'messages.0.content.1.image_url.url'],
  ['a detail that is none', [image({ url: URL, detail: 'most' })], 'messages.0.content.0.image_url.detail'],
  ['a part of an unknown type', [{ type: 'imgae_url' }], 'messages.0.content.0.type'],
  ['an image of an unknown source', [{ type: 'image', source: { type: 'file' } }], 'messages.0.content.0.type'],
])('%s is named by its whole path', (_, content, param) =>
  expect(() => partsOf(content)).toThrow(expect.objectContaining({ param })),
);
