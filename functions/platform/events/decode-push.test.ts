import { expect, test } from '@jest/globals';
import { decodePush } from './decode-push.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

test('a push is decoded, and named by its attribute, else by its message id', () => {
  const data = base64('{"request_id":"req_1"}');
  const decoded = { request_id: 'req_1' };
  expect(decodePush({ message: { data, attributes: { id: 'e1' }, messageId: '7' } })).toEqual({
    id: 'e1',
    data: decoded,
  });
  expect(decodePush({ message: { data, messageId: '7' } })).toEqual({ id: '7', data: decoded });
});

test.each([
  null,
  'text',
  {},
  { message: {} },
  { message: { data: 7 } },
  { message: { data: base64('{') } },
  { message: { data: base64('7') } },
])('%j is no push, and nothing is thrown that would bring it back for ever', (body) =>
  expect(decodePush(body)).toBeNull(),
);
