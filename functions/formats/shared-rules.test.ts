import { describe, expect, test } from '@jest/globals';
import { MeshError } from '../core/errors.ts';
import type { ChatMessage, ChatRequest } from './pivot/chat-request.ts';
import { keepLastCacheMarkers } from './shared/cache-control.ts';
import { parseDataUrl } from './shared/data-url.ts';
import { interleave } from './shared/interleave.ts';
import { budgetTokens, effortName, wantedReasoning } from './shared/reasoning.ts';
import { toTurns } from './shared/turns.ts';

const call = (id: string, name = 'weather') => ({ id, type: 'function' as const, function: { name, arguments: '{}' } });
const chat = (fields: Partial<ChatRequest>): ChatRequest => ({
  model: 'm',
  messages: [{ role: 'user', content: 'hi' }],
  ...fields,
});

describe('turns', () => {
  test('parallel results become one turn in the order of the calls, not of the answers', () => {
    const turns = toTurns([
      { role: 'user', content: 'q' },
      { role: 'assistant', tool_calls: [call('a', 'first'), call('b', 'second')] },
      { role: 'tool', tool_call_id: 'b', content: 'B' },
      { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'A' }] },
      { role: 'user', content: 'go on' },
    ]);
    expect(turns.map((turn) => turn.kind)).toEqual(['user', 'assistant', 'tools', 'user']);
    expect(turns[2]).toMatchObject({
      results: [
        { callId: 'a', name: 'first', text: 'A' },
        { callId: 'b', text: 'B' },
      ],
    });
  });

  test('an image of a tool is taken out of its result and names its call', () => {
    const image = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,AA==' } };
    const [, tools] = toTurns([
      { role: 'assistant', tool_calls: [call('a', 'camera')] },
      { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'here' }, image] },
    ]);
    expect(tools).toEqual({
      kind: 'tools',
      results: [{ callId: 'a', name: 'camera', text: 'here', cacheControl: null }],
      images: [{ callId: 'a', name: 'camera', part: image }],
    });
  });

  const tool = (id: string): ChatMessage => ({ role: 'tool', tool_call_id: id, content: 'x' });
  test.each<[string, ChatMessage[]]>([
    ['a missing result', [{ role: 'assistant', tool_calls: [call('a'), call('b')] }, tool('a')]],
    [
      'no result at all',
      [
        { role: 'assistant', tool_calls: [call('a')] },
        { role: 'user', content: 'x' },
      ],
    ],
    ['a result without a call', [{ role: 'user', content: 'x' }, tool('a')]],
    ['a result of another call', [{ role: 'assistant', tool_calls: [call('a')] }, tool('a'), tool('z')]],
    ['two results of one call', [{ role: 'assistant', tool_calls: [call('a')] }, tool('a'), tool('a')]],
  ])('%s is the caller’s mistake', (_name, messages) => {
    expect(() => toTurns(messages)).toThrow(MeshError);
  });
});

describe('interleaved reasoning', () => {
  const at = (index: number | null, part: string) => ({ index, part });
  test.each([
    ['without an index comes first', [at(null, 'T')], ['a', 'b'], 'Tab'],
    ['stands where it stood', [at(0, 'T'), at(2, 'U')], ['a', 'b'], 'TaUb'],
    ['keeps its order when given out of order', [at(2, 'U'), at(0, 'T')], ['a', 'b'], 'TaUb'],
    ['goes last when fewer parts are left', [at(9, 'T')], ['a'], 'aT'],
    ['can be all there is', [at(0, 'T'), at(1, 'U')], [], 'TU'],
  ])('%s', (_name, reasoning, others, result) => expect(interleave(reasoning, others).join('')).toBe(result));
});

describe('cache markers', () => {
  const marked = (text: string) => ({ type: 'text' as const, text, cache_control: { type: 'ephemeral' as const } });
  const count = (value: unknown) => (JSON.stringify(value).match(/ephemeral/g) ?? []).length;

  test('four or fewer stay as they are', () => {
    const request = chat({ messages: [{ role: 'user', content: ['a', 'b', 'c', 'd'].map(marked) }] });
    expect(keepLastCacheMarkers(request)).toBe(request);
  });

  test('of more, the last four in cache order stay: tools first, then system, wherever it stands', () => {
    const request = chat({
      tools: [{ type: 'function', function: { name: 'f' }, cache_control: { type: 'ephemeral' } }],
      messages: [
        { role: 'user', content: ['a', 'b', 'c', 'd'].map(marked) },
        { role: 'system', content: [marked('s')] },
      ],
    });
    const kept = keepLastCacheMarkers(request);
    expect(count(kept)).toBe(4);
    expect(count(kept.tools)).toBe(0);
    expect(count(kept.messages[1])).toBe(0);
    expect(count(request)).toBe(6);
  });
});

describe('data URLs', () => {
  test('are read with their media type', () => {
    expect(parseDataUrl('data:image/PNG;charset=x;base64,iVBO Rw0=', 'url')).toEqual({
      mediaType: 'image/png',
      data: 'iVBORw0=',
    });
  });
  test('any other URL is left to the upstream', () =>
    expect(parseDataUrl('https://example.com/a.png', 'url')).toBeNull());
  test.each([
    'data:image/png,abc',
    'data:;base64,AA==',
    'data:image/png;base64,',
    'data:image/png;base64',
    'data:image/png;base64,<svg>',
  ])('%j is refused', (url) => expect(() => parseDataUrl(url, 'messages.0')).toThrow(/^messages\.0/));
});

describe('reasoning', () => {
  test('that nobody asked for is not set', () => expect(wantedReasoning(chat({}))).toBeNull());
  test('is off only where the caller said so', () => {
    expect(wantedReasoning(chat({ reasoning_effort: 'none' }))?.on).toBe(false);
    expect(wantedReasoning(chat({ reasoning: { enabled: false, effort: 'high' } }))?.on).toBe(false);
  });
  test('the object wins over the field', () => {
    expect(wantedReasoning(chat({ reasoning_effort: 'low', reasoning: { effort: 'high' } }))?.effort).toBe('high');
  });
  test.each([
    ['high', null, 10_000, 8_000],
    [null, 2_000, 10_000, 2_000],
    [null, 100, 10_000, 1_024],
    [null, 99_999, 10_000, 9_999],
    ['minimal', null, 20_000, 2_000],
    ['high', null, 1_024, null],
  ] as const)('effort %s, budget %s of %i tokens is a budget of %s', (effort, budget, limit, tokens) => {
    expect(budgetTokens({ on: true, effort, budget }, limit)).toBe(tokens);
  });
  test('a budget has a name for upstreams that take only names', () => {
    expect(effortName({ on: true, effort: null, budget: 2_000 }, 10_000)).toBe('low');
    expect(effortName({ on: true, effort: null, budget: null }, 10_000)).toBe('medium');
  });
});
