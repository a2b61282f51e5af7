import { describe, expect, test } from '@jest/globals';
import { atOnce } from '../../../test/support/at-once.ts';
import fc from '../../../test/support/fast-check.ts';
import { readAnswer } from '../../../test/support/responses-client.ts';
import { sealOf } from '../../../test/support/seal-of.ts';
import { noUsage } from '../../core/money/usage.ts';
import type { ChatChunk, ChunkDelta } from '../pivot/chat-completion.ts';
import { ResponsesEvents } from './encode-stream.ts';
import { parseResponsesRequest } from './parse-request.ts';

type Fields = Record<string, unknown>;

const head = { id: 'req_1', created: 7, model: 'acme/m', auto: false, provider: 'p', fingerprint: 'f' };
const mesh = {
  request_id: 'req_1',
  cost: { currency: 'USD', amount: '0', usd: '0', inr: '0', fx_rate: '80', fx_as_of: '2026-11-28', basis: 'exact' },
  total_ms: 1,
  settled: true,
  routing: { attempts: 1, fallback: false, model: 'm', auto: false, provider: 'p', region: null, latency_ms: 1 },
};
const bill = { usage: noUsage, usd: '0', mesh };
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

test('the Responses API has one answer: of others nothing is said', () => {
  const other: ChatChunk = { choices: [{ index: 1, delta: { content: 'Other.' }, finish_reason: null }] };
  const events = begin();
  expect(events.encode([chunk({ content: 'First.' }), other]) + events.end(bill, false)).not.toContain('Other.');
});

describe('a thought', () => {
  const thought = chunk({
    reasoning_details: [{ type: 'reasoning.text', text: 'Well.', signature: 's', format: 'f', index: 0 }],
  });
  const include = ['reasoning.encrypted_content'];
  const told = (more: Fields) => {
    const events = begin(more);
    const text =
      events.encode([chunk({ content: 'One.' }), thought, chunk({ content: 'Two.' })]) + events.end(bill, false);
    const done = eventsIn(text).filter(({ type }) => type === 'response.output_item.done');
    return { text, items: done.map(({ item }) => item as Fields) };
  };

  test('is shown where its summary was asked for, between what is said before and after it', () => {
    const { items } = told({ reasoning: { summary: 'auto' } });
    expect(items).toMatchObject([
      { type: 'message', content: [{ text: 'One.' }] },
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Well.' }] },
      { type: 'message', content: [{ text: 'Two.' }] },
    ]);
  });

  test('is not shown where nobody asked, and parts no message', () => {
    const { text, items } = told({});
    expect(text).not.toContain('Well.');
    expect(items.filter(({ type }) => type === 'message')).toMatchObject([{ content: [{ text: 'One.Two.' }] }]);
  });

  test('goes along sealed where that was asked for, and nowhere else', () => {
    expect(told({ reasoning: { summary: 'auto' } }).text).not.toContain('encrypted_content');
    const sealed = told({ include }).items.find(({ type }) => type === 'reasoning')?.encrypted_content;
    expect(sealed).toMatch(/^s1_/);
    expect(sealOf('own_1').open('reasoning', String(sealed))?.issuer).toBe('f');
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

test('what the provider filtered is incomplete, unless it said so in words', () => {
  const filtered = (delta: ChunkDelta) => {
    const events = begin();
    const last: ChatChunk = { choices: [{ index: 0, delta: {}, finish_reason: 'content_filter' }] };
    return (eventsIn(events.encode([chunk(delta), last]) + events.end(bill, false)).at(-1)?.response ?? {}) as Fields;
  };
  expect(filtered({ content: 'Hi' })).toMatchObject({
    status: 'incomplete',
    incomplete_details: { reason: 'content_filter' },
  });
  expect(filtered({ refusal: 'No.' })).toMatchObject({ status: 'completed', incomplete_details: null });
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

/** A piece of an answer as any provider may write it, in any order. */
const anyDelta = fc.oneof(
  fc.record({ content: fc.string() }),
  fc.record({ refusal: fc.string() }),
  fc.record({ reasoning: fc.string() }),
  fc
    .record({
      type: fc.constantFrom('reasoning.text', 'reasoning.summary', 'reasoning.encrypted'),
      id: fc.constantFrom('a', 'b', undefined),
      index: fc.constantFrom(0, 1, undefined),
      words: fc.string(),
    })
    .map(({ words, ...detail }) => ({
      reasoning_details: [{ ...detail, text: words, summary: words, data: words, format: 'f' }],
    })),
  fc.record({ index: fc.nat(2), args: fc.constantFrom('', '{"input":"', 'x', '"}', '{}') }).map(({ index, args }) => ({
    tool_calls: [
      { index, id: `call_${index}`, type: 'function', function: { name: ['f', 'c', 'n__g'][index], arguments: args } },
    ],
  })),
  fc.constant({
    annotations: [{ type: 'url_citation', url_citation: { url: 'u', title: 't', start_index: 0, end_index: 0 } }],
  }),
) as fc.Arbitrary<ChunkDelta>;

test('whatever comes, in whatever order, is a stream that clients can put together, to its end', () => {
  const tools = [
    { type: 'function', name: 'f' },
    { type: 'custom', name: 'c' },
    { type: 'namespace', name: 'n', tools: [{ type: 'function', name: 'g' }] },
  ];
  const finish = fc.constantFrom('stop', 'length', 'content_filter', 'broken', 'stopped');
  fc.assert(
    fc.property(
      fc.array(fc.oneof(anyDelta, fc.constant('ping')), { maxLength: 14 }),
      finish,
      fc.boolean(),
      (given, end, refers) => {
        const events = begin({
          tools,
          reasoning: { summary: refers ? 'auto' : null },
          store: refers,
          include: ['reasoning.encrypted_content'],
        });
        let text = '';
        for (const each of given) text += each === 'ping' ? events.ping() : events.encode([chunk(each as ChunkDelta)]);
        if (end === 'broken') text += events.fail({ error: { code: 'upstream_truncated', message: 'm' } });
        else {
          const last = end === 'stopped' ? null : end;
          text += events.encode([{ choices: [{ index: 0, delta: {}, finish_reason: last }] } as ChatChunk]);
          text += events.end(bill, end === 'stopped');
        }
        const { response, items } = readAnswer({ status: 200, headers: new Headers(), text, body: null });
        if (end === 'broken') expect(response.status).toBe('failed');
        else expect(response.output).toEqual(items);
      },
    ),
    { numRuns: 200 },
  );
});
