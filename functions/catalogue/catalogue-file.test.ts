import { describe, expect, test } from '@jest/globals';
import { parseCatalogueFile } from './catalogue-file.ts';

const price = { input: '3', output: '15' };
const withEndpoint = (endpoint: object) => ({
  models: { 'anthropic/claude-sonnet-4.5': { endpoints: [{ provider: 'anthropic', model: 'c', price, ...endpoint }] } },
});
const endpoint = 'models["anthropic/claude-sonnet-4.5"].endpoints[0]';

describe('a catalogue file is refused with the path of its first mistake:', () => {
  test.each<[string, unknown, string]>([
    ['no object', [], 'catalogue'],
    ['a key of its own', { model: {} }, 'model'],
    ['an unknown format', { providers: { acme: { format: 'grpc' } } }, 'providers.acme.format'],
    ['a misspelt field of a provider', { providers: { 'a-b': { baseurl: 'x' } } }, 'providers["a-b"].baseurl'],
    ['a base URL without a scheme', { providers: { acme: { base_url: 'api.acme.com' } } }, 'providers.acme.base_url'],
    ['a base URL with a query', { providers: { acme: { base_url: 'https://a.b?c' } } }, 'providers.acme.base_url'],
    ['a file URL', { providers: { acme: { base_url: 'file:///etc/passwd' } } }, 'providers.acme.base_url'],
    ['an unknown kind of auth', { providers: { acme: { auth: { type: 'basic' } } } }, 'providers.acme.auth.type'],
    ['bearer without a secret', { providers: { acme: { auth: { type: 'bearer' } } } }, 'providers.acme.auth.secret'],
    ['a header that could split', { providers: { acme: { headers: { a: 'b\r\nc: d' } } } }, 'providers.acme.headers.a'],
    ['an unknown rule for bodies', { providers: { acme: { request: { add: {} } } } }, 'providers.acme.request.add'],
    ['an unknown way to ask', { providers: { acme: { reasoning: { send: 'x' } } } }, 'providers.acme.reasoning.send'],
    ['regions that are a text', { providers: { acme: { regions: 'mumbai' } } }, 'providers.acme.regions'],
    ['a model without endpoints', { models: { m: { endpoints: [] } } }, 'models.m.endpoints'],
    ['a context of no size', { models: { m: { context_length: 0 } } }, 'models.m.context_length'],
    ['an unknown capability', { models: { m: { capabilities: ['tools', 'fly'] } } }, 'models.m.capabilities[1]'],
    ['a date that is none', { models: { m: { created: '2025-13-01' } } }, 'models.m.created'],
    ['a quality beyond the scale', { models: { m: { quality: 101 } } }, 'models.m.quality'],
    ['a quality in words', { models: { m: { quality: 'good' } } }, 'models.m.quality'],
    ['a quality in no known field', { models: { m: { quality_by: { art: 50 } } } }, 'models.m.quality_by.art'],
    ['no price at all', withEndpoint({ price: undefined }), `${endpoint}.price`],
    ['no price of input', withEndpoint({ price: { output: '1' } }), `${endpoint}.price.input`],
    ['no price of output', withEndpoint({ price: { input: '1' } }), `${endpoint}.price.output`],
    ['a price that is a number', withEndpoint({ price: { ...price, input: 3 } }), `${endpoint}.price.input`],
    ['a negative price', withEndpoint({ price: { ...price, input: '-3' } }), `${endpoint}.price.input`],
    ['a price in words', withEndpoint({ price: { ...price, cache_read: 'free' } }), `${endpoint}.price.cache_read`],
    ['a price too fine', withEndpoint({ price: { ...price, input: '0.0000001' } }), `${endpoint}.price.input`],
    ['a day that is none', withEndpoint({ price: { ...price, from: 'tomorrow' } }), `${endpoint}.price.from`],
    ['no price in a list', withEndpoint({ price: [] }), `${endpoint}.price`],
    [
      'a price in words in a list',
      withEndpoint({ price: [price, { ...price, input: 'x' }] }),
      `${endpoint}.price[1].input`,
    ],
    ['a price that is none', withEndpoint({ price: '3' }), `${endpoint}.price`],
    ['a misspelt price', withEndpoint({ price: { ...price, cached: '1' } }), `${endpoint}.price.cached`],
    [
      'a tier without an output price',
      withEndpoint({ price: { ...price, tiers: [{ above_input_tokens: 200_000, input: '6' }] } }),
      `${endpoint}.price.tiers[0].output`,
    ],
  ])('%s', (_name, file, path) => {
    expect(() => parseCatalogueFile(file)).toThrow(
      expect.objectContaining({
        code: 'invalid_request_error',
        param: path,
        message: expect.stringContaining(`${path}: `),
      }),
    );
  });

  test('what is missing is called required', () => {
    expect(() => parseCatalogueFile(withEndpoint({ price: { output: '1' } }))).toThrow(
      `${endpoint}.price.input: is required`,
    );
  });

  test('what is misspelt is called unknown', () => {
    expect(() => parseCatalogueFile({ modells: {} })).toThrow('modells: is not a known field');
  });
});

test('all mistakes are told at once, each with its path', () => {
  expect(() => parseCatalogueFile({ models: { m: { quality: 101, qualty: 1 } }, provider: {} })).toThrow(
    expect.objectContaining({
      details: {
        mistakes: [
          expect.objectContaining({ path: 'models.m.quality' }),
          { path: 'models.m.qualty', message: 'is not a known field' },
          { path: 'provider', message: 'is not a known field' },
        ],
      },
    }),
  );
});

test('a price of zero is free on purpose, and accepted', () => {
  expect(parseCatalogueFile(withEndpoint({ price: { input: '0', output: '0' } }))).toBeDefined();
});

test.each([
  ['https://user:word@acme.test/v1', 'must not hold credentials'],
  ['https://acme.test@{host}/v1', 'must not hold credentials'],
  ['https://acme.test:99999/v1', 'makes no valid URL'],
  ['https://{host/v1', 'has a brace that is no variable'],
])('a provider at %s is a mistake before any model uses it, and its URL is not repeated', (base_url, message) => {
  const parse = () => parseCatalogueFile({ providers: { acme: { base_url } } });
  expect(parse).toThrow(`providers.acme.base_url: ${message}`);
  expect(parse).not.toThrow('word');
});

test.each([
  'https://{region}.acme.test:{port}/v1',
  'http://{a}.{b}.{c}:8000',
  'https://acme.test/{model}',
  'echo://mesh',
])('a provider may be at %s', (base_url) => {
  expect(parseCatalogueFile({ providers: { acme: { base_url } } })).toBeDefined();
});

test.each([
  ['{"models": {"__proto__": {"quality": 1}}}', 'models.__proto__: is no name'],
  ['{"providers": {"acme": {"headers": {"__proto__": "b"}}}}', 'providers.acme.headers.__proto__: is no name'],
])('%s is not left out without a word', (text, message) => {
  expect(() => parseCatalogueFile(JSON.parse(text))).toThrow(message);
});
