import { describe, expect, test } from '@jest/globals';
import { geminiBodyOf, type Setting } from '../../../test/support/gemini-body.ts';

const partOf = (part: object, setting?: Setting) =>
  geminiBodyOf({ messages: [{ role: 'user', content: [part] }] }, setting).contents[0]?.parts?.[0];
const image = (url: string) => ({ type: 'image_url', image_url: { url, detail: 'low' } });
const video = (url: string) => ({ type: 'video_url', video_url: { url } });
const file = (fields: object) => ({ type: 'file', file: fields });
const audio = (format: string) => ({ type: 'input_audio', input_audio: { data: 'AAAA', format } });

describe('a part', () => {
  test.each([
    ['an image', image('data:image/jpg;base64,AA=='), { inlineData: { mimeType: 'image/jpeg', data: 'AA==' } }],
    ['audio', audio('WAV'), { inlineData: { mimeType: 'audio/wav', data: 'AAAA' } }],
    [
      'a PDF',
      file({ filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA==' }),
      { inlineData: { mimeType: 'application/pdf', data: 'AA==' } },
    ],
    ['a video', video('data:video/mp4;base64,AA=='), { inlineData: { mimeType: 'video/mp4', data: 'AA==' } }],
    [
      'an image by URL',
      image('https://a.example/b/c.PNG?size=2#top'),
      { fileData: { mimeType: 'image/png', fileUri: 'https://a.example/b/c.PNG?size=2#top' } },
    ],
    [
      'a file by URL',
      file({ file_data: 'https://a.example/b.pdf' }),
      { fileData: { mimeType: 'application/pdf', fileUri: 'https://a.example/b.pdf' } },
    ],
    [
      'a video in a bucket',
      video('gs://bucket/clips/a.mp4'),
      { fileData: { mimeType: 'video/mp4', fileUri: 'gs://bucket/clips/a.mp4' } },
    ],
  ])('with %s', (_, part, expected) => expect(partOf(part)).toEqual(expected));

  test('with a video of YouTube goes by URL, even where other URLs are not fetched', () => {
    const url = 'https://youtu.be/abc?t=4';
    expect(partOf(video(url), { without: ['image_url'] })).toEqual({
      fileData: { mimeType: 'video/mp4', fileUri: url },
    });
  });

  test.each([
    ['an image by URL', image('https://a.example/b.png'), 'messages.0.content.0.image_url.url'],
    ['a bucket that only our own rights may open', image('gs://bucket/b.png'), 'messages.0.content.0.image_url.url'],
    [
      'a host that only looks like YouTube',
      video('https://youtube.com.example/a.mp4'),
      'messages.0.content.0.video_url.url',
    ],
    ['a file by URL', file({ file_data: 'https://a.example/b.pdf' }), 'messages.0.content.0.file.file_data'],
    ['a stored file', file({ file_id: 'file-1' }), 'messages.0.content.0.file.file_id'],
  ])('with %s is refused where the endpoint fetches no URLs', (_, part, param) => {
    expect(() => partOf(part, { without: ['image_url'] })).toThrow(
      expect.objectContaining({ code: 'model_capability_not_supported', param }),
    );
  });

  test.each(['https://a.example/picture', 'https://a.example/a.constructor', 'https://a.example/a.xyz'])(
    'by the URL %s, which names no media type, is refused',
    (url) =>
      expect(() => partOf(image(url))).toThrow(expect.objectContaining({ code: 'model_capability_not_supported' })),
  );

  test.each([
    ['a path', image('/etc/passwd')],
    ['a file URL', image('file:///etc/passwd')],
    ['a file that is nowhere', file({ filename: 'a.pdf' })],
    ['an audio format with a parameter', audio('wav; x=y')],
    ['a data URL that is no base64', image('data:image/png,hello')],
  ])('with %s is the caller’s mistake', (_, part) => {
    expect(() => partOf(part)).toThrow(expect.objectContaining({ code: 'invalid_request_error' }));
  });
});
