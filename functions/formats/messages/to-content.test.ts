import { describe, expect, test } from '@jest/globals';
import { messagesBodyOf as bodyOf, type Setting } from '../../../test/support/messages-body.ts';

describe('parts', () => {
  const blocksOf = (content: object[], setting: Setting = {}) =>
    (bodyOf({ messages: [{ role: 'user', content }] }, setting).messages as { content: object[] }[])[0]?.content;
  const image = (url: string) => ({ type: 'image_url', image_url: { url } });
  const file = (changes: object) => ({ type: 'file', file: changes });
  const base64 = Buffer.from('naïve').toString('base64');

  test.each<[object, object]>([
    [
      image('data:image/webp;base64,AAAA'),
      { type: 'image', source: { type: 'base64', media_type: 'image/webp', data: 'AAAA' } },
    ],
    [
      image('data:image/jpg;base64,AAAA'),
      { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: 'AAAA' } },
    ],
    [image('https://a.example/x.png'), { type: 'image', source: { type: 'url', url: 'https://a.example/x.png' } }],
    [
      { ...image('data:image/png;base64,AAAA'), cache_control: { type: 'ephemeral' } },
      {
        type: 'image',
        source: { type: 'base64', media_type: 'image/png', data: 'AAAA' },
        cache_control: { type: 'ephemeral' },
      },
    ],
    [
      file({ file_data: 'data:application/pdf;base64,AAAA', filename: 'a.pdf' }),
      { type: 'document', title: 'a.pdf', source: { type: 'base64', media_type: 'application/pdf', data: 'AAAA' } },
    ],
    [
      file({ file_data: `data:text/plain;charset=utf-8;base64,${base64}` }),
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'naïve' } },
    ],
    [
      file({ file_data: 'data:image/png;base64,AAAA' }),
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
    ],
    [
      file({ file_data: 'https://a.example/x.pdf' }),
      { type: 'document', source: { type: 'url', url: 'https://a.example/x.pdf' } },
    ],
  ])('%j is sent as %j', (part, block) => {
    expect(blocksOf([part])).toEqual([block]);
  });

  test.each<[object, Setting, string, string]>([
    [image('https://a.example/x.png'), { without: ['image_url'] }, 'model_capability_not_supported', 'image_url.url'],
    [
      file({ file_data: 'https://a.example/x.pdf' }),
      { without: ['image_url'] },
      'model_capability_not_supported',
      'file.file_data',
    ],
    [image('data:image/tiff;base64,AAAA'), {}, 'model_capability_not_supported', 'image_url.url'],
    [image('data:image/png,AAAA'), {}, 'invalid_request_error', 'image_url.url'],
    [image('gs://bucket/x.png'), {}, 'invalid_request_error', 'image_url.url'],
    [file({ file_id: 'file-1' }), {}, 'model_capability_not_supported', 'file.file_id'],
    [file({ file_data: 'data:application/zip;base64,AAAA' }), {}, 'model_capability_not_supported', 'file.file_data'],
    [file({}), {}, 'invalid_request_error', 'file'],
    [
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
      {},
      'model_capability_not_supported',
      'input_audio',
    ],
    [
      { type: 'video_url', video_url: { url: 'https://a.example/x.mp4' } },
      {},
      'model_capability_not_supported',
      'video_url',
    ],
  ])('%j with %j is refused as %s', (part, setting, code, field) => {
    expect(() => blocksOf([{ type: 'text', text: 'Look' }, part], setting)).toThrow(
      expect.objectContaining({ code, param: `messages.0.content.1.${field}` }),
    );
  });
});
