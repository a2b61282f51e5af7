import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { cuttings, readRecording, readReply, toSse } from '../../../test/support/replay.ts';
import { factsOfChunk } from '../shared/chunk-facts.ts';
import type { Facts, Piece } from '../shared/facts.ts';
import { RelayDecoder, type RelayedEvent } from './relay-decoder.ts';
import { RelayedEvents } from './relay-events.ts';
import { encodeRelayed, readMessage } from './relay-response.ts';
import { MessagesStreamDecoder } from './stream-decoder.ts';

const head = { id: 'req_1', model: 'acme/claude', inputEstimate: 12 };
const usage = { input: 1, cacheRead: 0, cacheWrite: 0, cacheWrite1h: 0, inputAudio: 0, output: 1, reasoning: 0 };
const bill = { usage, usd: '0.1', mesh: { settled: true } };
const recordings = ['text', 'thinking-tools', 'refusal', 'web-search'];

const framesOf = (name: string) => toSse(readRecording(`messages/${name}.chunks.txt`), { eventNames: true });
const textOf = (frames: readonly Uint8Array[]) => Buffer.concat(frames).toString();

function relayed(pieces: readonly Uint8Array[]): { text: string; facts: Facts[] } {
  const decoder = new RelayDecoder();
  const events = new RelayedEvents(head);
  const all: Piece<RelayedEvent>[] = [...pieces.flatMap((piece) => decoder.push(piece)), ...decoder.end()];
  const held = all.filter(({ facts }) => facts.held).flatMap(({ frame }) => frame ?? []);
  const passed = all.filter(({ facts }) => !facts.held).flatMap(({ frame }) => frame ?? []);
  const text = passed.map((event) => events.encode(event)).join('') + events.end(held, bill, false);
  return { text, facts: all.map(({ facts }) => facts) };
}

/** What is the provider's own, with our id, model and bill taken out of it again. */
const provider = (text: string, original: string) => {
  const { message } = JSON.parse(/data: (\{"type":"message_start".*)/.exec(original)?.[1] ?? '{}');
  return text
    .replace('"id":"req_1"', `"id":${JSON.stringify(message.id)}`)
    .replace('"model":"acme/claude"', `"model":${JSON.stringify(message.model)}`)
    .replace(',"cost":"0.1","mesh":{"settled":true}', '');
};
const withoutPings = (text: string) => text.replace(/event: ping\ndata: .*\n\n/g, '');

describe.each(recordings)('the recorded stream %s', (name) => {
  const frames = framesOf(name);

  test.each(cuttings(frames).map((cut) => [cut.name, cut.pieces] as const))(
    'is relayed byte for byte, %s',
    (_name, pieces) => {
      const { text } = relayed(pieces);
      expect(text).not.toBe(textOf(frames));
      expect(provider(text, textOf(frames))).toBe(withoutPings(textOf(frames)));
    },
  );

  test('is billed as it is where it is translated', () => {
    const decoder = new MessagesStreamDecoder(makeEndpoint({ format: 'messages' }));
    const chunks = [...frames.flatMap((frame) => decoder.push(frame)), ...decoder.end()].map((chunk) =>
      factsOfChunk(chunk, 'messages'),
    );
    const { facts } = relayed(frames);
    const sum = (all: readonly Facts[]) => ({
      usage: all.findLast((each) => each.usage !== null)?.usage,
      finished: all.some(({ finished }) => finished),
    });
    expect(sum(facts)).toEqual(sum(chunks));
    const said = (all: readonly Facts[]) => all.flatMap(({ texts }) => texts).join('');
    if (name === 'text') expect(said(facts)).toBe(said(chunks));
  });

  test('that is cut off anywhere never looks whole', () => {
    const finish = frames.findIndex((frame) => textOf([frame]).includes('message_delta'));
    for (let at = 0; at < finish; at++) {
      expect(() => relayed(frames.slice(0, at))).toThrow(expect.objectContaining({ code: 'upstream_truncated' }));
    }
  });
});

test('an answer begins with what a model wrote, so that another endpoint can be tried before', () => {
  const decoder = new RelayDecoder();
  const tokens = framesOf('thinking-tools').flatMap((frame) =>
    decoder.push(frame).map(({ frame: event, facts }) => [event?.event.type, facts.token]),
  );
  expect(tokens.slice(0, 3)).toEqual([
    ['message_start', false],
    ['content_block_start', false],
    ['content_block_delta', true],
  ]);
});

describe('counts that come on the way', () => {
  const delta = (stop_reason: string | null, output_tokens: number) =>
    JSON.stringify({ type: 'message_delta', delta: { stop_reason }, usage: { output_tokens } });
  const rest = [delta('end_turn', 9), '{"type":"message_stop"}'];
  const withCounts = (...events: string[]) => {
    const decoder = new RelayDecoder();
    const begun = framesOf('text').slice(0, 4);
    return [...begun, ...toSse(events, { eventNames: true })].flatMap((frame) => decoder.push(frame));
  };
  const heldOf = (pieces: readonly Piece<RelayedEvent>[]) =>
    pieces.filter(({ facts }) => facts.held).map(({ frame }) => frame?.event.type);

  test('do not keep the rest of the answer waiting', () => {
    const pieces = withCounts(delta(null, 4), ...rest);
    expect(heldOf(pieces)).toEqual(['message_delta', 'message_stop']);
    expect(pieces.findLast(({ facts }) => facts.usage !== null)?.facts.usage?.output).toBe(9);
  });

  test('after its end wait for the charge like that', () => {
    const pieces = withCounts(delta('end_turn', 4), delta(null, 9), '{"type":"message_stop"}');
    expect(heldOf(pieces)).toEqual(['message_delta', 'message_delta', 'message_stop']);
  });
});

test('what has no counts gets ours, since clients break without', () => {
  const start = { type: 'message_start', message: { id: 'a', model: 'm', usage: null } };
  const events = [start, { type: 'message_delta', delta: { stop_reason: 'end_turn' } }, { type: 'message_stop' }];
  const { text } = relayed(
    toSse(
      events.map((event) => JSON.stringify(event)),
      { eventNames: true },
    ),
  );
  expect(text.match(/"usage"/g)?.length).toBe(2);
  const [begun, ended] = text.split('\n\n').map((frame) => JSON.parse(/data: (.*)/.exec(frame)?.[1] ?? 'null'));
  expect(begun.message.usage).toMatchObject({ input_tokens: 12, output_tokens: 0 });
  expect(ended).toMatchObject({ usage: { input_tokens: 1, output_tokens: 1 }, cost: '0.1' });
  expect(JSON.parse(encodeRelayed({ content: [] }, head, bill)).usage).toMatchObject({ input_tokens: 1 });
});

describe('events out of their order', () => {
  const [start, ...others] = framesOf('text');
  const blockless = others.filter((frame) => !textOf([frame]).includes('content_block_start'));

  test.each([
    ['of a message that never began', others, 'never began'],
    ['of a block that never began', [start as Uint8Array, ...blockless], 'never began'],
  ])('%s are no answer, so that another endpoint can be tried', (_name, frames, words) => {
    expect(() => relayed(frames)).toThrow(words);
  });

  test('after the end are left out', () => {
    const late = toSse(['{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"late"}}']);
    const { text } = relayed([...framesOf('text'), ...late]);
    expect(text).not.toContain('late');
    expect(text.endsWith('event: message_stop\ndata: {"type":"message_stop"}\n\n')).toBe(true);
  });

  test('that another router has billed have one bill', () => {
    const end = JSON.stringify({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn' },
      usage: {},
      cost: '9',
      mesh: {},
    });
    const { text } = relayed([start as Uint8Array, ...toSse([end, '{"type":"message_stop"}'])]);
    expect([text.match(/"cost"/g)?.length, text.includes('"cost":"0.1"')]).toEqual([1, true]);
  });
});

test('a second answer within one is no answer', () => {
  const [start = new Uint8Array(), ...rest] = framesOf('text');
  expect(() => relayed([start, ...rest.slice(0, 3), start, ...rest])).toThrow('another answer');
});

test('an error of the provider is passed on in its own words', () => {
  const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' }, request_id: 'req_theirs' };
  const failing = [...framesOf('text').slice(0, 4), ...toSse([JSON.stringify(error)], { eventNames: true })];
  expect(() => relayed(failing)).toThrow(expect.objectContaining({ verbatim: error }));
});

test('where the money ends, what is open is closed', () => {
  const decoder = new RelayDecoder();
  const events = new RelayedEvents(head);
  const begun = framesOf('text')
    .slice(0, 4)
    .flatMap((frame) => decoder.push(frame));
  const text = begun.map(({ frame }) => (frame === null ? '' : events.encode(frame))).join('');
  const end = events.end([], bill, true);
  expect(text).toContain('content_block_start');
  expect(end.split('\n\n').map((frame) => /^event: (\w+)/.exec(frame)?.[1])).toEqual([
    'content_block_stop',
    'message_delta',
    'message_stop',
    undefined,
  ]);
  expect(end).toContain('"stop_reason":"max_tokens"');
});

test('where the money ends, what has ended is not closed again', () => {
  const frames = framesOf('thinking-tools');
  const second = frames.findIndex((frame) => textOf([frame]).includes('"index":1'));
  const decoder = new RelayDecoder();
  const events = new RelayedEvents(head);
  for (const frame of frames.slice(0, second + 1)) {
    for (const { frame: event } of decoder.push(frame)) if (event !== null) events.encode(event);
  }
  const stopped = events
    .end([], bill, true)
    .split('\n\n')
    .filter((frame) => frame.startsWith('event: content_block_stop'));
  expect(stopped).toEqual([expect.stringContaining('"index":1')]);
});

test('data of several lines stays so', () => {
  const decoder = new RelayDecoder();
  const [piece] = decoder.push(Buffer.from('event: new_kind\ndata: {"type":\ndata: "new_kind"}\n\n'));
  const events = new RelayedEvents(head);
  expect(piece?.frame && events.encode(piece.frame)).toBe('event: new_kind\ndata: {"type":\ndata: "new_kind"}\n\n');
});

test('a whole message keeps its fields, their order, and the digits of what calls are given', () => {
  const reply = readReply('messages/thinking-tools.json') as Record<string, unknown>;
  const digits = JSON.stringify({ ...reply, new_field: 1 }).replace(
    '"city":"Pune"',
    '"city":"Pune","n":9007199254740993',
  );
  const { whole, facts } = readMessage(digits);
  const encoded = encodeRelayed(whole, head, bill);
  expect(encoded).toContain('9007199254740993');
  const { cost, mesh, ...rest } = JSON.parse(encoded);
  expect(Object.keys(rest)).toEqual(Object.keys({ ...reply, new_field: 1 }));
  expect({ ...rest, id: reply.id, model: reply.model }).toEqual(JSON.parse(digits));
  expect([cost, mesh]).toEqual(['0.1', { settled: true }]);
  expect(facts.usage?.output).toBeGreaterThan(0);
});

test.each([
  ['no JSON', '<html>', 'upstream_error'],
  ['no message', '{"content":"x"}', 'upstream_error'],
  ['an error', '{"type":"error","error":{"type":"invalid_request_error","message":"No."}}', 'bad_request'],
])('a reply that is %s is a failure', (_name, text, code) => {
  expect(() => readMessage(text)).toThrow(expect.objectContaining({ code }));
});
