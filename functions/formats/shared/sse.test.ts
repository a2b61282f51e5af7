import { describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { MeshError } from '../../core/errors.ts';
import { HARMLESS_LENGTH, MAX_TEXT_DEPTH, MAX_TEXT_VALUES } from './parse-json.ts';
import { parseReply } from './parse-reply.ts';
import { encodeFrame, MAX_EVENT_LENGTH, PING, parseEventData, type ServerSentEvent, SseDecoder } from './sse.ts';

function read(...pieces: (string | Uint8Array)[]): ServerSentEvent[] {
  const decoder = new SseDecoder();
  const events = pieces.flatMap((piece) =>
    decoder.push(typeof piece === 'string' ? new TextEncoder().encode(piece) : piece),
  );
  return [...events, ...decoder.end()];
}

const data = (...texts: string[]) => texts.map((text) => ({ event: '', data: text }));

describe('the event-stream grammar', () => {
  test.each([
    ['LF', 'data: a\n\ndata: b\n\n'],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n'],
    ['CR', 'data: a\r\rdata: b\r\r'],
    ['mixed ends', 'data: a\r\n\ndata: b\n\r\n'],
    ['no space after the colon', 'data:a\n\ndata:b\n\n'],
    ['comments', ': hello\ndata: a\n: still there\n\n: ping\ndata: b\n\n'],
    ['a byte-order mark', '\uFEFFdata: a\n\ndata: b\n\n'],
    ['fields it does not know', 'id: 7\nretry: 10\ndata: a\nfoo\n\ndata: b\n\n'],
    ['empty events', '\n\n\ndata: a\n\n\n\ndata: b\n\n'],
  ])('reads %s', (_name, text) => expect(read(text)).toEqual(data('a', 'b')));

  test('joins several data lines with LF and keeps only one leading space', () => {
    expect(read('data:  a\ndata:\ndata: b\n\n')).toEqual(data(' a\n\nb'));
  });

  test('names events, and forgets the name with the event', () => {
    expect(read('event: x\ndata: 1\n\ndata: 2\n\n')).toEqual([
      { event: 'x', data: '1' },
      { event: '', data: '2' },
    ]);
  });

  test.each(['', '\n', '\r', '\r\n'])(
    'gives the last event that only the end of the bytes ended, after %j',
    (newline) => expect(read(`data: a\n\ndata: b${newline}`)).toEqual(data('a', 'b')),
  );

  test('an event ended by a CR at the very end of the stream is not lost', () => {
    expect(read('data: a\r', '\r')).toEqual(data('a'));
  });

  test('the bytes may be cut anywhere, half a character included', () => {
    const bytes = new TextEncoder().encode('data: नमस्ते 🙏\r\n\r\nevent: e\r\ndata: {"a":1}\r\n\r\n: c\r\rdata: z\n\n');
    const whole = read(bytes);
    expect(whole).toHaveLength(3);
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(bytes.length), { maxLength: 20 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        expect(read(...pieces)).toEqual(whole);
      }),
    );
  });

  test('an event without an end is not collected for ever', () => {
    const decoder = new SseDecoder();
    const piece = new TextEncoder().encode(`data: ${'x'.repeat(1024 * 1024)}`);
    expect(() => {
      for (let sent = 0; sent <= MAX_EVENT_LENGTH; sent += piece.length) decoder.push(piece);
    }).toThrow(MeshError);
  });
});

test('an event of lines without a character is not collected for ever', () => {
  const decoder = new SseDecoder(300_000);
  const piece = new TextEncoder().encode('data:\n'.repeat(100_000));
  for (let time = 0; time < 3; time++) decoder.push(piece);
  expect(() => decoder.push(piece)).toThrow(MeshError);
});

test('lines cost no more for a CR that stands far behind them', () => {
  const read = (text: string) => {
    const bytes = new TextEncoder().encode(text);
    const beganAt = performance.now();
    new SseDecoder().push(bytes);
    return performance.now() - beganAt;
  };
  read('\n'.repeat(2 ** 16));
  // A search of what is left for each line: 16 times this took a minute.
  expect(read(`${'\n'.repeat(2 ** 20)}\rx`)).toBeLessThan(2_000);
});

describe('event data', () => {
  const tooMuch = [
    ['deep', `{"a":${'['.repeat(MAX_TEXT_DEPTH)}${']'.repeat(MAX_TEXT_DEPTH)}}`.padEnd(HARMLESS_LENGTH + 1)],
    ['full', `{"a":[${'{},'.repeat(MAX_TEXT_VALUES)}1]}`],
  ] as const;
  test.each(tooMuch)('that is too %s is garbage like any other', (_, text) => {
    expect(() => parseEventData(text)).toThrow('The provider sent an event that is not JSON.');
    expect(() => parseReply(text)).toThrow('The provider sent a reply that is not JSON.');
  });

  test.each(['', '[DONE]', ': keepalive', ':'])('%j is no message', (text) => expect(parseEventData(text)).toBeNull());

  test.each(['{', 'null', '[]', '"text"', '<html>secret text</html>'])(
    '%j is garbage, and the error does not quote it',
    (text) => {
      expect(() => parseEventData(text)).toThrow('The provider sent an event that is not JSON.');
    },
  );
});

test('frames have LF only, and a ping is no event', () => {
  expect(encodeFrame({ a: 'x\ny' })).toBe('data: {"a":"x\\ny"}\n\n');
  expect(PING).toBe(': ping\n');
});

test('an event costs time in proportion to its length, however small the reads are', () => {
  const read = (length: number) => {
    const decoder = new SseDecoder();
    const bytes = new TextEncoder().encode('x'.repeat(64));
    const beganAt = performance.now();
    decoder.push(new TextEncoder().encode('data: '));
    for (let sent = 0; sent < length; sent += bytes.length) decoder.push(bytes);
    const [event] = decoder.push(new TextEncoder().encode('\n\n'));
    expect(event?.data).toHaveLength(length);
    return performance.now() - beganAt;
  };
  read(2 ** 20);
  // Sixteen times the length took 256 times as long: 16 s.
  expect(read(2 ** 23)).toBeLessThan(2_000);
});
