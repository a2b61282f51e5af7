import { describe, expect, test } from '@jest/globals';
import { MAX_OPENING_LENGTH, openingOf } from './opening-of.ts';

const user = (content: unknown) => ({ role: 'user', content });
const answer = { role: 'assistant', content: 'Hello.' };

test.each<[string, unknown, unknown]>([
  [
    'chat',
    { messages: [{ role: 'system', content: 'Be brief.' }, user('Hi.')] },
    { messages: [{ role: 'system', content: 'Be brief.' }, user('Hi.'), answer, user('And now?')] },
  ],
  [
    'chat in parts',
    { messages: [user([{ type: 'text', text: 'Hi.' }])] },
    { messages: [user([{ type: 'text', text: 'Hi.' }]), answer, user('And now?')] },
  ],
  [
    'messages',
    { system: [{ type: 'text', text: 'Be brief.' }], messages: [user('Hi.')] },
    { system: 'Be brief.', messages: [user('Hi.'), answer, user('And now?')] },
  ],
  [
    'responses',
    { instructions: 'Be brief.', input: 'Hi.' },
    { instructions: 'Be brief.', input: [user([{ type: 'input_text', text: 'Hi.' }]), answer, user('And now?')] },
  ],
  [
    'Gemini’s',
    { systemInstruction: { parts: [{ text: 'Be brief.' }] }, contents: [{ role: 'user', parts: [{ text: 'Hi.' }] }] },
    {
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [
        { role: 'user', parts: [{ text: 'Hi.' }] },
        { role: 'model', parts: [{ text: 'Hello.' }] },
      ],
    },
  ],
])('the turns of a conversation in %s have the same opening', (_format, first, second) => {
  expect(openingOf(first)).not.toEqual([]);
  expect(openingOf(second)).toEqual(openingOf(first));
});

describe('conversations that are not the same', () => {
  const one = { messages: [{ role: 'system', content: 'Be brief.' }, user('Hi.')] };
  test.each([
    [{ messages: [{ role: 'system', content: 'Be long.' }, user('Hi.')] }],
    [{ messages: [{ role: 'system', content: 'Be brief.' }, user('Hello.')] }],
    [{ messages: [user('Be brief.Hi.')] }],
  ])('%j', (other) => expect(openingOf(other)).not.toEqual(openingOf(one)));
});

test.each([
  [null],
  ['Hi.'],
  [{}],
  [{ messages: [answer] }],
  [{ messages: 'Hi.'.length }],
  [{ messages: [user([{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }])] }],
])('%j has none', (body) => expect(openingOf(body)).toEqual([]));

test('only its beginning counts, however long it is', () => {
  const long = (end: string) =>
    user([
      { type: 'text', text: 'x'.repeat(MAX_OPENING_LENGTH) },
      { type: 'text', text: end },
    ]);
  const [, said = ''] = openingOf({ messages: [long('one')] });
  expect(said).toHaveLength(MAX_OPENING_LENGTH);
  expect(openingOf({ messages: [long('two')] })).toEqual(openingOf({ messages: [long('one')] }));
});
