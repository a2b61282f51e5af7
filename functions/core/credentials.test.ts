import { beforeAll, describe, expect, test } from '@jest/globals';
import { concealCredentials, concealInAnswer, LEAST_SECRET_LENGTH, rememberCredential } from './credentials.ts';

/** With all that encodings change, and nothing that a pattern knows. */
const KEY = 'zq/7+Vw~9"tL=mX2';
const LONG = `pr0j-${'aB3dE5'.repeat(30)}`;
const AWS = JSON.stringify({
  access_key_id: 'notAnAkiaAtAll99',
  secret_access_key: 'w/8+not.a.real.one=',
  region: 'us',
});

beforeAll(() => {
  expect(concealCredentials(`It is ${KEY}.`)).toContain(KEY);
  for (const credential of [KEY, LONG, AWS, 'Basic dXNlcjpwYXNzd29yZA', 'short-secret'.slice(1)]) {
    rememberCredential(credential);
  }
});

describe('a credential of ours', () => {
  test.each<[string, string]>([
    ['as it is', KEY],
    ['in a URL', encodeURIComponent(KEY)],
    ['in a URL, escaped in small letters', encodeURIComponent(KEY).replace(/%../g, (code) => code.toLowerCase())],
    ['in JSON', JSON.stringify(KEY).slice(1, -1)],
    ['in JSON with escaped slashes', KEY.replaceAll('/', '\\/')],
    ['in base64', Buffer.from(KEY).toString('base64')],
    ['in base64 for URLs', Buffer.from(KEY).toString('base64url')],
    ['that is one of two of AWS', 'w/8+not.a.real.one='],
    ['that names an account of AWS', 'notAnAkiaAtAll99'],
    ['without the name of its scheme', 'dXNlcjpwYXNzd29yZA'],
    ['that is long', LONG],
  ])('is taken out of a text, %s', (_how, form) =>
    expect(concealCredentials(`You sent "${form}" and again ${form}`)).toBe(
      'You sent "[credential]" and again [credential]',
    ),
  );

  test('is taken out where the text ends within it', () => {
    expect(concealCredentials(`You sent ${LONG.slice(0, 64)}`)).toBe('You sent [credential]');
    expect(concealCredentials(`You sent ${KEY.slice(0, LEAST_SECRET_LENGTH)}`)).toBe('You sent [credential]');
  });

  test('that is short is left: it may be a part of any text', () =>
    expect(concealCredentials('This is hort-secret of all')).toBe('This is hort-secret of all'));

  test('leaves a text that only begins like it', () => {
    const other = `${KEY.slice(0, LEAST_SECRET_LENGTH)}, but something else`;
    expect(concealCredentials(other)).toBe(other);
  });
});

describe('in an answer it is taken out', () => {
  test('of all but the model’s own text', () =>
    expect(
      concealInAnswer({
        id: KEY,
        model: `m-${KEY}`,
        choices: [
          {
            index: 0,
            message: {
              content: `The model says ${KEY}`,
              reasoning: KEY,
              tool_calls: [{ id: `call_${KEY}`, function: { name: KEY, arguments: `{"a":"${LONG}"}` } }],
              reasoning_details: [{ id: KEY, text: KEY, signature: 'sig' }],
              annotations: [{ url_citation: { url: `https://a.example/?key=${encodeURIComponent(KEY)}` } }],
            },
          },
        ],
      }),
    ).toEqual({
      id: '[credential]',
      model: 'm-[credential]',
      choices: [
        {
          index: 0,
          message: {
            content: `The model says ${KEY}`,
            reasoning: KEY,
            tool_calls: [{ id: 'call_[credential]', function: { name: '[credential]', arguments: `{"a":"${LONG}"}` } }],
            reasoning_details: [{ id: '[credential]', text: KEY, signature: 'sig' }],
            annotations: [{ url_citation: { url: 'https://a.example/?key=[credential]' } }],
          },
        },
      ],
    }));

  test('and what has none is the same object', () => {
    const answer = { id: 'c', choices: [{ delta: { content: KEY } }], usage: null };
    expect(concealInAnswer(answer)).toBe(answer);
  });
});

test('a text that was clean is looked at again once another credential is known', () => {
  const text = 'id-of-a-later-credential-0001';
  expect(concealCredentials(text)).toBe(text);
  rememberCredential('later-credential-0001');
  expect(concealCredentials(text)).toBe('id-of-a-[credential]');
});
