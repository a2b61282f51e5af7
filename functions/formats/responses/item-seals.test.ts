import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { atOnce } from '../../../test/support/at-once.ts';
import { sealOf } from '../../../test/support/seal-of.ts';
import { carriersOf, carryingId } from './carriers.ts';
import { MAX_ITEM_ID_BYTES, openReasoning, resolveReferences, sealId, sealReasoning } from './item-seals.ts';
import type { Item } from './responses-request.ts';

const seal = sealOf('own_1');
const resolve = (items: readonly Item[], by = seal) => atOnce(resolveReferences(items, by));
const said = (text: string, id = 'msg_1') => ({
  id,
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text }],
});
const reference = (id: string): Item => ({ type: 'item_reference', id });
const details = [{ type: 'reasoning.text' as const, text: 'Well.', signature: 's', format: 'anthropic-claude-v1' }];
const sealed = sealReasoning(details, seal) ?? '';
const thought = { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: sealed };

describe('a reference', () => {
  const id = carryingId(said('Hello.'), seal) ?? '';

  test('is what its id carries', () => {
    expect(resolve([reference(id)])).toMatchObject([{ content: [{ text: 'Hello.' }] }]);
  });

  test('that is there twice is one item: some clients make one of each part', () => {
    expect(resolve([reference(id), reference(id)])).toHaveLength(1);
  });

  test('finds what a carrier has, which is no item itself', () => {
    const [carrier] = carriersOf([said('One.'), said('Two.', 'msg_2')], seal) as unknown as [Item];
    const items = resolve([reference('msg_2'), reference('msg_1'), carrier]);
    expect(items).toMatchObject([{ content: [{ text: 'Two.' }] }, { content: [{ text: 'One.' }] }]);
  });

  test('to nothing is refused at its place', () => {
    expect(() => resolve([reference(id), reference('msg_9')])).toThrow(
      expect.objectContaining({ code: 'invalid_request_error', param: 'input.1.id' }),
    );
  });

  test('opens for its owner alone', () => {
    expect(() => resolve([reference(id)], sealOf('own_2'))).toThrow(expect.objectContaining({ param: 'input.0.id' }));
  });

  test('brings back what its issuer needs of a thought', () => {
    const own = carryingId(thought, seal) ?? '';
    const empty = { type: 'reasoning' as const, id: own, summary: [] };
    expect(resolve([empty])).toEqual([{ ...empty, encrypted_content: sealed }]);
  });
});

describe('an id', () => {
  const noise = (bytes: number) => randomBytes(bytes).toString('base64');

  test('is as long as it may be, and no longer', () => {
    const lengths = Array.from(
      { length: 70 },
      (_, at) => sealId([said(noise(400 * (at + 1)))], 'msg', seal)?.length ?? 0,
    );
    expect(Math.max(...lengths)).toBeGreaterThan(MAX_ITEM_ID_BYTES - 1_000);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(MAX_ITEM_ID_BYTES);
    expect(lengths.at(-1)).toBe(0);
  });

  test('carries all of a stream, or where that is too much, each what fits', () => {
    const [small, large, huge] = [said('Hi.'), said(noise(15_000), 'msg_2'), said(noise(60_000), 'msg_3')];
    expect(carriersOf([small, said('Ho.', 'msg_4')], seal)).toHaveLength(1);
    const carriers = carriersOf([small, large, huge], seal) as unknown as Item[];
    expect(carriers).toHaveLength(2);
    expect(resolve([...carriers, reference('msg_2'), reference('msg_1')])).toMatchObject([
      { id: 'msg_2' },
      { id: 'msg_1' },
    ]);
    expect(() => resolve([...carriers, reference('msg_3')])).toThrow(expect.objectContaining({ param: 'input.2.id' }));
  });
});

describe('reasoning', () => {
  test('comes back as it was', () => {
    expect(openReasoning({ type: 'reasoning', encrypted_content: sealed }, 'input.0', seal)).toEqual(details);
  });

  test('of another service is none', () => {
    expect(openReasoning({ type: 'reasoning', encrypted_content: 'gAAAA' }, 'input.0', seal)).toEqual([]);
  });

  test.each([
    ['of another account', sealReasoning(details, sealOf('own_2'))],
    [
      'that a message was sealed with, at /v1/messages',
      seal.seal('reasoning', 'a', JSON.stringify({ details, shown: null })),
    ],
    ['that is an item', seal.seal('item', 'items', JSON.stringify([thought]))],
    ['that is no JSON of ours', seal.seal('reasoning', 'a', JSON.stringify([{ type: 'x' }]))],
  ])('%s is refused in words', (_, encrypted_content) => {
    expect(() => openReasoning({ type: 'reasoning', encrypted_content }, 'input.3', seal)).toThrow(
      expect.objectContaining({ code: 'invalid_request_error', param: 'input.3.encrypted_content' }),
    );
  });

  test('of an issuer whose name is too long goes without a seal, and fails nothing', () => {
    expect(sealReasoning([{ type: 'reasoning.text', text: 'x', format: 'f'.repeat(300) }], seal)).toBeNull();
  });
});
