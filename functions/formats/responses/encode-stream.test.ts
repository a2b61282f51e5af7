import { describe, expect, test } from '@jest/globals';
import { atOnce } from '../../../test/support/at-once.ts';
import { sealOf } from '../../../test/support/seal-of.ts';
import { noUsage } from '../../core/money/usage.ts';
import type { ChatChunk, ChunkDelta } from '../pivot/chat-completion.ts';
import { ResponsesEvents } from './encode-stream.ts';
import { parseResponsesRequest } from './parse-request.ts';

type Fields = Record<string, unknown>;

const head = { id: 'req_1', created: 7, model: 'acme/m', auto: false, provider: 'p', fingerprint: 'f' };
const bill = { usage: noUsage, usd: '0', mesh: {} };
const chunk = (delta: ChunkDelta): ChatChunk => ({ choices: [{ index: 0, delta, finish_reason: null }] });
const call = (index: number, args: string, id?: string) =>
  chunk({
    tool_calls: [
      { index, ...(id ? { id, type: 'function' } : {}), function: { ...(id ? { name: 'f' } : {}), arguments: args } },
    ],
  });
const begin = (more: Fields = {}) =>
  new ResponsesEvents(
    atOnce(parseResponsesRequest({ model: 'm', input: 'x', store: false, ...more }, {}, sealOf('own_1'))),
    head,
  );
const eventsIn = (text: string): Fields[] =>
  [...text.matchAll(/^data: (.+)$/gm)].map(([, data = '']) => JSON.parse(data) as Fields);
const typesIn = (text: string) => eventsIn(text).map(({ type }) => type);

describe('a stream that has nothing to say for a while', () => {
  test('says that it goes on, in an event that clients count and number like any other', () => {
    const events = begin();
    const text = events.encode([chunk({ content: 'Hi' })]) + events.ping() + events.ping() + events.end(bill, false);
    const all = eventsIn(text);
    expect(all.map(({ sequence_number }) => sequence_number)).toEqual(all.map((_, at) => at));
    const pings = typesIn(events.ping());
    expect(pings).toEqual(['response.in_progress']);
    expect(typesIn(text).filter((type) => type === 'response.in_progress')).toHaveLength(3);
    expect(typesIn(text).filter((type) => type === 'response.created')).toHaveLength(1);
  });

  test('has begun, for those who were told nothing yet', () => {
    expect(typesIn(begin().ping())[0]).toBe('response.created');
  });
});

describe('calls', () => {
  test('without arguments have them in a piece too, since some clients read the pieces alone', () => {
    const events = begin();
    const all = eventsIn(events.encode([call(0, '', 'a')]) + events.end(bill, false));
    expect(all.filter(({ type }) => String(type).startsWith('response.function_call_arguments'))).toMatchObject([
      { type: 'response.function_call_arguments.delta', delta: '{}' },
      { type: 'response.function_call_arguments.done', arguments: '{}' },
    ]);
  });

  test('at once keep their places, and are done when the answer is', () => {
    const events = begin();
    const before = events.encode([
      chunk({ content: 'Hi' }),
      call(0, '{', 'a'),
      call(1, '{"x"', 'b'),
      call(0, '}'),
      call(1, ':1}'),
    ]);
    expect(typesIn(before).filter((type) => type === 'response.output_item.done')).toHaveLength(1);
    const done = eventsIn(events.end(bill, false)).filter(({ type }) => type === 'response.output_item.done');
    expect(done).toMatchObject([
      { output_index: 1, item: { call_id: 'a', arguments: '{}' } },
      { output_index: 2, item: { call_id: 'b', arguments: '{"x":1}' } },
    ]);
  });

  test('of a stream that breaks are not done', () => {
    const events = begin();
    events.encode([call(0, '{}', 'a')]);
    const refusal = { error: { code: 'upstream_truncated', message: 'm' }, request_id: 'req_1' };
    const [failed, ...others] = eventsIn(events.fail(refusal));
    expect(others).toEqual([]);
    expect(failed).toMatchObject({
      type: 'response.failed',
      response: { status: 'failed', output: [], error: { code: 'server_error' } },
    });
  });
});

test('ends as incomplete, with what is open closed, where the limit came', () => {
  const events = begin();
  events.encode([chunk({ content: 'Hi' })]);
  const all = eventsIn(events.end(bill, true));
  expect(all.at(-1)).toMatchObject({
    type: 'response.incomplete',
    response: {
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ status: 'incomplete' }],
    },
  });
});

test('items are carried where their client may refer to them, and nowhere else', () => {
  const carriersIn = (more: Fields) => {
    const events = begin(more);
    events.encode([chunk({ content: 'Hi' })]);
    return eventsIn(events.end(bill, false)).filter(({ item }) => (item as Fields | undefined)?.type === 'reasoning');
  };
  expect(carriersIn({ store: false })).toHaveLength(0);
  expect(carriersIn({ store: undefined }).map(({ type, output_index }) => [type, output_index])).toEqual([
    ['response.output_item.added', 1],
    ['response.output_item.done', 1],
  ]);
});
