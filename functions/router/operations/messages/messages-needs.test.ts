import { expect, test } from '@jest/globals';
import { atOnce } from '../../../../test/support/at-once.ts';
import { makeEndpoint } from '../../../../test/support/make-endpoint.ts';
import { sealOf } from '../../../../test/support/seal-of.ts';
import { boundInputTokens, heldInputTokens } from '../../../core/routing/quote.ts';
import { parseMessagesRequest } from '../../../formats/messages/parse-request.ts';
import { sealedBlock } from '../../../formats/messages/thoughts.ts';
import type { Key } from '../../access/key-cache.ts';
import { messagesNeeds } from './messages-needs.ts';

const key = { routing: {}, allowedRegions: null } as unknown as Key;
const hello = { model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] };
const seal = sealOf('own_a');
const needsOf = (fields: object = {}) =>
  messagesNeeds(atOnce(parseMessagesRequest({ ...hello, ...fields })), key, seal);
const endpoint = makeEndpoint({ format: 'messages', contextLength: 200_000 });

test('a caller’s own names stand in what may be too much', async () => {
  expect((await needsOf()).params).toEqual({ input: 'messages', output: 'max_tokens' });
});

test('whatever a relay’s model reads is held for', async () => {
  const plain = (await needsOf()).input;
  for (const fields of [
    { new_field: 'word '.repeat(100) },
    { tools: [{ name: 'a', input_schema: {}, input_examples: ['word '.repeat(100)] }] },
    {
      messages: [...hello.messages, { role: 'assistant', content: [{ type: 'new_block', text: 'word '.repeat(100) }] }],
    },
    { system: [{ type: 'text', text: `x-anthropic-billing-header: ${'word '.repeat(100)}` }] },
  ]) {
    const { input } = await needsOf(fields);
    expect(boundInputTokens(input, endpoint) - boundInputTokens(plain, endpoint)).toBeGreaterThan(500);
    expect(heldInputTokens(input, endpoint) - heldInputTokens(plain, endpoint)).toBeGreaterThan(100);
  }
});

test('a thought that was compressed when it was sealed is held for as long as it will be read', async () => {
  const block = sealedBlock({ type: 'reasoning.encrypted', data: 'a'.repeat(100_000), format: 'acme' }, seal);
  expect(JSON.stringify(block).length).toBeLessThan(2_000);
  const { input } = await needsOf({ messages: [...hello.messages, { role: 'assistant', content: [block] }] });
  expect(boundInputTokens(input, endpoint)).toBeGreaterThan(100_000);
});

test('a tool in a schema of Anthropic’s own is held for as the dearest is', async () => {
  const { input } = await needsOf({ tools: [{ type: 'computer_20250124', name: 'computer' }] });
  expect(boundInputTokens(input, endpoint) - boundInputTokens((await needsOf()).input, endpoint)).toBeGreaterThan(
    1_000,
  );
});

test('a cache that is asked for anywhere may be written to', async () => {
  expect((await needsOf()).input.cacheMarked).toBe(false);
  const marker = { cache_control: { type: 'ephemeral' } };
  const call = { type: 'tool_use', id: 'a', name: 'look', input: {}, ...marker };
  for (const fields of [
    marker,
    { tools: [{ name: 'a', input_schema: {}, ...marker }] },
    {
      messages: [
        ...hello.messages,
        { role: 'assistant', content: [call] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a' }] },
      ],
    },
  ]) {
    expect((await needsOf(fields)).input.cacheMarked).toBe(true);
  }
});

test('a summary that is made on the way is held for as a second reading and a second text', async () => {
  const plain = await needsOf();
  for (const fields of [
    { context_management: { edits: [{ type: 'compact_20260112' }] } },
    { compaction: { type: 'summarize' } },
  ]) {
    const needs = await needsOf(fields);
    expect(needs.choices).toBe(2);
    expect(boundInputTokens(needs.input, endpoint)).toBeGreaterThan(2 * boundInputTokens(plain.input, endpoint) - 1);
    expect(heldInputTokens(needs.input, endpoint)).toBeGreaterThanOrEqual(2 * heldInputTokens(plain.input, endpoint));
    const long = { ...needs.input, opaque: true };
    expect(heldInputTokens(long, endpoint)).toBe(400_000);
  }
  expect((await needsOf({ context_management: { edits: [{ type: 'clear_thinking_20251015' }] } })).choices).toBe(1);
});
