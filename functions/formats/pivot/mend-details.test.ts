import { describe, expect, test } from '@jest/globals';
import { detailId } from './detail-id.ts';
import { mendDetails } from './mend-details.ts';

const format = 'openai-responses-v1';
const claude = 'anthropic-claude-v1';

test.each([
  ['no list', 'text', 'text'],
  ['details of a type to come', [{ type: 'reasoning.new' }], [{ type: 'reasoning.new' }]],
  [
    'whole details',
    [{ type: 'reasoning.text', text: 'a', signature: 's', format: claude, id: 'abab', index: 0 }],
    [{ type: 'reasoning.text', text: 'a', signature: 's', format: claude, id: 'abab', index: 0 }],
  ],
  [
    'a thought that is not shown',
    [{ type: 'reasoning.text', text: '', signature: 's', format: claude, index: 0 }],
    [{ type: 'reasoning.text', text: '', signature: 's', format: claude, index: 0 }],
  ],
])('%s are left as they are', (_, details, mended) => expect(mendDetails(details)).toEqual(mended));

describe('what a client has joined is taken apart', () => {
  test('where the formats and ids of pieces stand behind each other', () =>
    expect(
      mendDetails([
        { type: 'reasoning.text', text: 'a', signature: 's', format: claude.repeat(3), id: 'i_1'.repeat(3) },
      ]),
    ).toEqual([{ type: 'reasoning.text', text: 'a', signature: 's', format: claude, id: 'i_1' }]));

  test('where details of one index became one', () =>
    expect(
      mendDetails([
        { type: 'reasoning.encrypted', summary: 'a', data: 'd', format: format.repeat(2), id: 'rs_1rs_1', index: 0 },
      ]),
    ).toEqual([
      { type: 'reasoning.summary', summary: 'a', format, id: 'rs_1', index: 0 },
      { type: 'reasoning.encrypted', data: 'd', format, id: 'rs_1', index: 0 },
    ]));

  test('where the first piece stayed alone', () =>
    expect(
      mendDetails([
        { type: 'reasoning.text', text: 'a', format: claude, index: 1 },
        { type: 'reasoning.text', text: 'bc', signature: 's', index: 1 },
        { type: 'reasoning.text', text: 'next', signature: 't', format: claude, index: 2, after: 1 },
      ]),
    ).toEqual([
      { type: 'reasoning.text', text: 'abc', signature: 's', format: claude, index: 1 },
      { type: 'reasoning.text', text: 'next', signature: 't', format: claude, index: 2, after: 1 },
    ]));
});

test.each([
  ['a signature without its text', [{ type: 'reasoning.text', signature: 's', format: claude, index: 0 }]],
  [
    'a detail after one that is lost',
    [{ type: 'reasoning.text', text: '', signature: 's', format: claude, index: 2, after: 1 }],
  ],
  [
    'two of which nobody knows where one ends',
    [{ type: 'reasoning.encrypted', text: 'a', signature: 's', data: 'd', format: claude, index: 0 }],
  ],
])('%s takes all thinking from its turn', (_, torn) => {
  const whole = { type: 'reasoning.summary', summary: 'a', format, index: 5 };
  expect(mendDetails([...torn, whole])).toEqual([]);
});

describe('the format that a client has lost', () => {
  const text = { type: 'reasoning.text', text: 'a', signature: 's', index: 0 };

  test('is in the id that the router gave, which is no id of the detail', () => {
    const id = detailId(claude, 0);
    for (const format of [null, undefined, claude]) {
      expect(mendDetails([{ ...text, format, id }])).toEqual([{ ...text, format: claude }]);
    }
  });

  test('is that of the others', () => {
    const encrypted = { type: 'reasoning.encrypted', data: 'd', format: claude, index: 1 };
    expect(mendDetails([{ ...text, format: null }, encrypted])).toEqual([{ ...text, format: claude }, encrypted]);
  });

  test('is left open where nothing says it', () =>
    expect(mendDetails([{ ...text, id: 'rs_1' }])).toEqual([{ ...text, id: 'rs_1' }]));
});
