import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { cuttings, readRecording, readReply, toSse } from '../../../test/support/replay.ts';
import { factsOfChunk } from '../shared/chunk-facts.ts';
import type { Facts } from '../shared/facts.ts';
import { RelayDecoder } from './relay-decoder.ts';
import { encodeRelayed, readResponse } from './relay-response.ts';
import { eventFrames } from './response-frames.ts';
import { GeminiStreamDecoder } from './stream-decoder.ts';

const endpoint = makeEndpoint({ format: 'gemini' });
const head = { id: 'req_1', model: 'acme/gemini' };
const usage = { input: 1, cacheRead: 0, cacheWrite: 0, cacheWrite1h: 0, inputAudio: 0, output: 1, reasoning: 0 };
const bill = { usage, usd: '0.1', mesh: { settled: true } };
const recordings = [
  ...['text', 'signed-text', 'thinking-only', 'thinking-tools', 'two-candidates', 'safety', 'blocked-prompt'],
];
const framesOf = (name: string) => toSse(readRecording(`gemini/${name}.chunks.txt`));
const textOf = (frames: readonly Uint8Array[]) => Buffer.concat(frames).toString();

function relayed(pieces: readonly Uint8Array[]): { text: string; facts: Facts[] } {
  const decoder = new RelayDecoder(endpoint);
  const all = [...pieces.flatMap((piece) => decoder.push(piece)), ...decoder.end()];
  const frames = all.flatMap(({ frame }) => frame ?? []);
  const last = frames.length - 1;
  const written = frames.map((frame, at) => encodeRelayed(frame, head, at === last ? bill : null));
  return { text: eventFrames().write(written), facts: all.map(({ facts }) => facts) };
}

/** What is the provider's own, with our id, model and bill taken out of it again. */
function provider(text: string, original: string): string {
  const { responseId, modelVersion } = JSON.parse(original.split('\n')[0]?.slice('data: '.length) ?? '{}');
  return text
    .replaceAll('"responseId":"req_1"', `"responseId":${JSON.stringify(responseId)}`)
    .replaceAll('"modelVersion":"acme/gemini"', `"modelVersion":${JSON.stringify(modelVersion)}`)
    .replace(',"cost":"0.1","mesh":{"settled":true}', '');
}

describe.each(recordings)('the recorded stream %s', (name) => {
  const frames = framesOf(name);

  test.each(cuttings(frames).map((cut) => [cut.name, cut.pieces] as const))(
    'is relayed byte for byte, %s',
    (_name, pieces) => {
      const { text } = relayed(pieces);
      expect(text).not.toBe(textOf(frames));
      expect(provider(text, textOf(frames))).toBe(textOf(frames));
    },
  );

  test('is billed as it is where it is translated', () => {
    const decoder = new GeminiStreamDecoder(endpoint);
    const chunks = [...frames.flatMap((frame) => decoder.push(frame)), ...decoder.end()].map((chunk) =>
      factsOfChunk(chunk, 'gemini'),
    );
    const sum = (all: readonly Facts[]) => ({
      usage: all.findLast((each) => each.usage !== null)?.usage,
      finished: all.some(({ finished }) => finished),
      texts: all.flatMap(({ texts }) => texts),
      marks: all.reduce((marks, each) => marks + each.marks, 0),
    });
    expect(sum(relayed(frames).facts)).toEqual(sum(chunks));
  });

  test('keeps back what ends it, until it has been paid for', () => {
    const { facts } = relayed(frames);
    const ends = facts.findIndex(({ finished }) => finished);
    expect(facts.slice(0, ends).some(({ held }) => held)).toBe(false);
    expect(facts[ends]?.held).toBe(true);
  });

  test('that is cut off anywhere never looks whole', () => {
    const whole = frames.findIndex((_, at) => !isTorn(frames.slice(0, at + 1)));
    expect(whole).toBeGreaterThanOrEqual(0);
    for (let at = 0; at <= whole; at++) {
      expect(() => relayed(frames.slice(0, at))).toThrow(expect.objectContaining({ code: 'upstream_truncated' }));
    }
  });
});

function isTorn(frames: readonly Uint8Array[]): boolean {
  const decoder = new GeminiStreamDecoder(endpoint);
  for (const frame of frames) decoder.push(frame);
  return !decoder.finished;
}

test('a second answer within one is no answer', () => {
  const [first = new Uint8Array(), second = first] = framesOf('text');
  const other = textOf([first]).replace(/"responseId":"[^"]*"/, '"responseId":"another"');
  expect(() => relayed([first, second, Buffer.from(other)])).toThrow('another answer');
});

test('what is said of our project is not for the caller, and what is said of the request is', () => {
  const failing = (status: string, code: number) =>
    toSse([JSON.stringify({ error: { code, status, message: 'No.' } })]);
  const thrown = (pieces: readonly Uint8Array[]) => {
    try {
      relayed(pieces);
    } catch (error) {
      return (error as { verbatim: unknown }).verbatim;
    }
    return 'nothing';
  };
  expect(thrown(failing('INVALID_ARGUMENT', 400))).toEqual({
    error: { code: 400, status: 'INVALID_ARGUMENT', message: 'No.' },
  });
  expect(thrown(failing('PERMISSION_DENIED', 403))).toBeNull();
  expect(thrown(failing('RESOURCE_EXHAUSTED', 429))).toBeNull();
});

test('data of several lines stays so', () => {
  const json = '{\n"candidates": [{"finishReason": "STOP"}]\n}';
  expect(eventFrames().write([json])).toBe('data: {\ndata: "candidates": [{"finishReason": "STOP"}]\ndata: }\n\n');
});

test('a whole response keeps its spaces, and the digits of what calls are given', () => {
  const reply = JSON.stringify(readReply('gemini/thinking-tools.json'), null, 1).replace(
    '"Agra"',
    '9007199254740993.10',
  );
  const { whole, facts } = readResponse(reply, endpoint);
  const encoded = encodeRelayed(whole, head, bill);
  expect(encoded).toContain('9007199254740993.10');
  expect(encoded.split('\n').length).toBe(reply.split('\n').length - 1);
  const { cost, mesh, ...rest } = JSON.parse(encoded);
  const { responseId, modelVersion } = JSON.parse(reply);
  expect({ ...rest, responseId, modelVersion }).toEqual(JSON.parse(reply));
  expect([cost, mesh]).toEqual(['0.1', { settled: true }]);
  expect(facts.usage?.output).toBeGreaterThan(0);
});

test.each([
  ['no JSON', '<html>', 'upstream_error'],
  ['no response', '{"content":"x"}', 'upstream_error'],
  ['an error', '{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"No."}}', 'bad_request'],
])('a reply that is %s is a failure', (_name, text, code) => {
  expect(() => readResponse(text, endpoint)).toThrow(expect.objectContaining({ code }));
});
