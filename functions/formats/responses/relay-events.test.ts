import { describe, expect, test } from '@jest/globals';
import { atOnce } from '../../../test/support/at-once.ts';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { readRecording } from '../../../test/support/replay.ts';
import { noUsage } from '../../core/money/usage.ts';
import { createKeyRing, OWN_KEY_BYTES } from '../../core/seal/key-ring.ts';
import { createSeal } from '../../core/seal/seal.ts';
import { ownerSeal } from '../shared/owner-seal.ts';
import { parseResponsesRequest } from './parse-request.ts';
import { factsOfReply, RelayDecoder } from './relay-decoder.ts';
import { RelayEvents } from './relay-events.ts';

type Fields = Record<string, unknown>;

const seal = ownerSeal(createSeal(createKeyRing([new Uint8Array(OWN_KEY_BYTES)])), 'own_1');
const head = { id: 'req_1', created: 7, model: 'acme/m', auto: false, provider: 'p', fingerprint: 'f' };
const bill = { usage: { ...noUsage, input: 3, output: 2 }, usd: '0.1', mesh: {} };
const issuer = 'openai-responses-v1';
const endpoint = makeEndpoint({ format: 'responses', reasoning: { issuer } });
const relayOf = (more: Fields = {}) =>
  new RelayEvents(atOnce(parseResponsesRequest({ model: 'm', input: 'x', ...more }, {}, seal)), head, issuer);

const eventsIn = (text: string): Fields[] =>
  [...text.matchAll(/^data: (.+)$/gm)].map(([, data = '']) => JSON.parse(data) as Fields);

/** What the last event says of the response. */
const lastOf = (events: readonly Fields[]) => events.at(-1)?.response as Fields & { output: Fields[] };

function decoded(lines: readonly string[]) {
  const decoder = new RelayDecoder(endpoint);
  const bytes = lines.map((line) => new TextEncoder().encode(`data: ${line}\n\n`));
  return bytes.flatMap((each) => decoder.push(each));
}

const recording = readRecording('responses/reasoning-tools.chunks.txt');

describe('a recorded stream', () => {
  const pieces = decoded(recording);

  test('has the facts that its translation has', () => {
    expect(pieces.filter(({ facts }) => facts.finished)).toHaveLength(1);
    expect(pieces.at(-1)?.facts).toMatchObject({ held: true, last: true, finished: true });
    expect(pieces.at(-1)?.facts.usage).toMatchObject({ input: 402, output: 140 });
    expect(pieces.flatMap(({ facts }) => facts.texts).join('')).toContain('Let me look.');
  });

  test('is passed on event by event, with our id, model, numbers and bill', () => {
    const relay = relayOf({ store: false, include: ['reasoning.encrypted_content'] });
    const frames = pieces.flatMap(({ frame, facts }) => (frame === null || facts.held ? [] : [frame]));
    const held = pieces.flatMap(({ frame, facts }) => (frame !== null && facts.held ? [frame] : []));
    const events = eventsIn(relay.encode(frames) + relay.end(held, bill, false));
    const types = recording
      .map((line) => JSON.parse(line).type as string)
      .filter((type) => type !== 'response.created');
    expect(events.map(({ type }) => type)).toEqual(['response.created', ...types]);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, at) => at));
    const last = lastOf(events);
    expect(last).toMatchObject({ id: 'req_1', model: 'acme/m', store: false, cost: '0.1', usage: { input_tokens: 3 } });
    const sealed = JSON.stringify(last.output);
    const before = JSON.parse(recording.at(-1) ?? '{}').response.output.find(
      ({ type }: Fields) => type === 'reasoning',
    );
    expect(before.encrypted_content).toMatch(/./);
    expect(sealed).not.toContain(before.encrypted_content);
    expect(sealed).toContain('"encrypted_content":"s1_');
  });

  test('ends well where its money ends, with what is open closed', () => {
    const relay = relayOf({ store: false });
    const at = recording.findIndex((line) => JSON.parse(line).type === 'response.output_text.delta');
    const frames = pieces.slice(0, at + 1).flatMap(({ frame }) => (frame === null ? [] : [frame]));
    const events = eventsIn(relay.encode(frames) + relay.end([], bill, true));
    expect(events.slice(-2).map(({ type }) => type)).toEqual(['response.output_item.done', 'response.incomplete']);
    expect(lastOf(events)).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      cost: '0.1',
    });
    const said = JSON.parse(recording[at] ?? '{}').delta;
    expect(JSON.stringify(lastOf(events).output)).toContain(said);
  });

  test('shows what its provider has sealed to nobody, and our seal of it to who asked', () => {
    const frames = pieces.flatMap(({ frame }) => (frame === null ? [] : [frame]));
    const unasked = relayOf({ store: false });
    expect(unasked.encode(frames.slice(0, -1)) + unasked.end(frames.slice(-1), bill, false)).not.toContain(
      'encrypted_content',
    );
    const asked = relayOf({ store: false, include: ['reasoning.encrypted_content'] });
    const events = eventsIn(asked.encode(frames.slice(0, -1)) + asked.end(frames.slice(-1), bill, false));
    const [thought] = lastOf(events).output.filter(({ type }) => type === 'reasoning');
    const opened = seal.open('reasoning', String(thought?.encrypted_content));
    // Its summary is in the item itself.
    expect(JSON.parse(opened?.text ?? '[]').map(({ type }: Fields) => type)).toEqual(['reasoning.encrypted']);
  });

  test('carries its items where its client may refer to them', () => {
    const relay = relayOf();
    const frames = pieces.flatMap(({ frame, facts }) => (frame === null || facts.held ? [] : [frame]));
    const held = pieces.flatMap(({ frame, facts }) => (frame !== null && facts.held ? [frame] : []));
    const events = eventsIn(relay.encode(frames) + relay.end(held, bill, false));
    const { output } = lastOf(events);
    const carrier = output.at(-1) as Fields & { id: string };
    expect(carrier).toMatchObject({ type: 'reasoning', summary: [] });
    const opened = seal.open('item', carrier.id.slice('rs_'.length));
    expect(JSON.parse(opened?.text ?? '[]').map(({ type }: Fields) => type)).toEqual(
      output.slice(0, -1).map(({ type }) => type),
    );
  });
});

test('calls of tools that other formats do not have are counted in a whole answer, too', () => {
  const said = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hi' }] };
  const called = { type: 'custom_tool_call', call_id: 'a', name: 'patch', input: 'abc' };
  const facts = (...output: Fields[]) => factsOfReply({ status: 'completed', output, usage: null }, endpoint);
  expect(facts(said, called).texts).toEqual(['Hi', 'patch', 'abc']);
  expect(facts(said, called).marks).toBe(facts(said).marks + 1);
});

describe('servers that say less', () => {
  const response = { id: 'r', object: 'response', status: 'completed', output: [], usage: null };
  const message = {
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text: 'Hi', annotations: [] }],
  };

  test('a stream without its beginning gets one', () => {
    const pieces = decoded([
      JSON.stringify({ type: 'response.output_item.added', output_index: 0, item: message }),
      JSON.stringify({ type: 'response.output_item.done', output_index: 0, item: message }),
    ]);
    const events = eventsIn(
      relayOf({ store: false }).encode(pieces.flatMap(({ frame }) => (frame === null ? [] : [frame]))),
    );
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.output_item.added',
      'response.output_item.done',
    ]);
  });

  test('items that the end does not repeat are in the response', () => {
    const pieces = decoded([
      JSON.stringify({ type: 'response.created', response }),
      JSON.stringify({ type: 'response.output_item.done', output_index: 0, item: message }),
      JSON.stringify({ type: 'response.completed', response }),
    ]);
    const relay = relayOf({ store: false });
    const frames = pieces.flatMap(({ frame }) => (frame === null ? [] : [frame]));
    const text = relay.encode(frames.slice(0, -1)) + relay.end(frames.slice(-1), bill, false);
    expect(lastOf(eventsIn(text)).output).toEqual([message]);
  });

  const relayed = (...given: Fields[]) => {
    const pieces = decoded(given.map((event) => JSON.stringify(event)));
    const frames = pieces.flatMap(({ frame }) => (frame === null ? [] : [frame]));
    const relay = relayOf({ store: false });
    return eventsIn(relay.encode(frames.slice(0, -1)) + relay.end(frames.slice(-1), bill, false));
  };

  test('a stream of nothing but the end has the events that clients act on', () => {
    const events = relayed({ type: 'response.completed', response: { ...response, output: [message] } });
    expect(events.map(({ type, output_index }) => [type, output_index])).toEqual([
      ['response.created', undefined],
      ['response.output_item.added', 0],
      ['response.output_item.done', 0],
      ['response.completed', undefined],
    ]);
    expect(lastOf(events).output).toEqual([message]);
  });

  test('an item that nothing ends is done when the response is, as that has it', () => {
    const begun = { ...message, status: 'in_progress', content: [] };
    const events = relayed(
      { type: 'response.created', response },
      { type: 'response.output_item.added', output_index: 0, item: begun },
      { type: 'response.completed', response: { ...response, output: [message] } },
    );
    expect(events.filter(({ type }) => type === 'response.output_item.done')).toMatchObject([
      { output_index: 0, item: message },
    ]);
  });

  test('OpenAI’s keepalive is a sign of life, and of no answer; no other event beside the response’s is one', () => {
    expect(decoded([JSON.stringify({ type: 'keepalive', sequence_number: 3 })])).toMatchObject([
      { frame: null, facts: { token: false, finished: false, last: false } },
    ]);
    expect(decoded([JSON.stringify({ type: 'codex.rate_limits' })])).toEqual([]);
  });

  test('the name of an event cannot be another event', () => {
    const events = relayed(
      { type: 'response.created', response },
      { type: 'response.x\n\nevent: response.completed\ndata: {}' },
      { type: 'response.output_item.added', output_index: 0, item: message },
      { type: 'response.output_item.done', output_index: 0, item: message },
      { type: 'response.completed', response },
    );
    expect(events.map(({ type }) => type)).not.toContainEqual(expect.stringContaining('response.x'));
    expect(lastOf(events).output).toEqual([message]);
  });

  test('silence is filled with an event that is numbered like any other', () => {
    const relay = relayOf({ store: false });
    const [created] = decoded([JSON.stringify({ type: 'response.created', response })]);
    const text = relay.encode(created?.frame ? [created.frame] : []) + relay.ping() + relay.ping();
    expect(eventsIn(text)).toMatchObject([
      { type: 'response.created', sequence_number: 0 },
      { type: 'response.in_progress', sequence_number: 1, response: { id: 'req_1' } },
      { type: 'response.in_progress', sequence_number: 2 },
    ]);
  });

  test('a custom tool’s input is counted as it comes', () => {
    const pieces = decoded([
      JSON.stringify({
        type: 'response.output_item.added',
        output_index: 0,
        item: { type: 'custom_tool_call', name: 'p' },
      }),
      JSON.stringify({ type: 'response.custom_tool_call_input.delta', output_index: 0, delta: 'abc' }),
    ]);
    expect(pieces.map(({ facts }) => [facts.texts, facts.token])).toEqual([
      [['p'], true],
      [['abc'], true],
    ]);
  });
});
