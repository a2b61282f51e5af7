import { describe, expect, test } from '@jest/globals';
import { parseCatalogueFile } from '../../../catalogue/catalogue-file.ts';
import { type Layers, layCatalogue } from '../../../catalogue/layers.ts';
import { refusePrivatePlaces } from './refuse-private.ts';

const price = { input: '1', output: '1' };
const endpoint = { provider: 'acme', model: 'large', price };
const model = (more: object = {}) => ({
  models: { 'acme/large': { context_length: 1_000, max_output_tokens: 100, endpoints: [{ ...endpoint, ...more }] } },
});
const acme = (base_url: string, more: object = {}) => ({
  providers: { acme: { format: 'chat', base_url, auth: { type: 'none' }, ...more } },
});

/** What the API's layer makes of a file of the operator. */
function lay(api: object, file: object = { ...acme('http://10.0.0.7:8000/v1'), ...model() }) {
  const layers: Layers = {
    builtin: [],
    file: parseCatalogueFile(file),
    api: { version: 1, file: parseCatalogueFile(api) },
  };
  return layCatalogue(layers, { vars: { host: 'acme.test' }, at: Date.parse('2026-11-28') });
}
const said = (api: object, file?: object) => ({ catalogue: lay(api, file), file: parseCatalogueFile(api) });
const put = (api: object, allowPrivate = false, file?: object, before: object = {}) =>
  refusePrivatePlaces(said(api, file), said(before, file), allowPrivate);
const isOutside = (api: object) => lay(api).find('acme/large')?.endpoints[0]?.outside === true;

describe('the API’s layer may name', () => {
  test.each([
    'https://acme.test/v1',
    'https://acme.test:8443/v1',
    'https://8.8.8.8/v1',
    'https://[2606:4700::1111]/v1',
    'https://{host}/v1',
    'https://acme.test/{model}',
  ])('%s, which is public as far as can be seen, and looked up with each connection', (base_url) => {
    expect(() => put(acme(base_url))).not.toThrow();
    expect(isOutside(acme(base_url))).toBe(true);
  });

  test('an operator’s own place by saying nothing of it', () => {
    const api = { ...model(), providers: { acme: { expected: { first_token_ms: 1 } } } };
    expect(() => put(api)).not.toThrow();
    expect(isOutside(api)).toBe(false);
  });
});

describe('the API’s layer may not name', () => {
  test.each([
    ['http://acme.test/v1', 'must be at an https URL'],
    ['https://127.0.0.1/v1', 'must not be at a private address'],
    ['https://127.1/v1', 'must not be at a private address'],
    ['https://2130706433/v1', 'must not be at a private address'],
    ['https://0x7f.1/v1', 'must not be at a private address'],
    ['https://10.0.0.7/v1', 'must not be at a private address'],
    ['https://169.254.169.254/computeMetadata/v1', 'must not be at a private address'],
    ['https://[::1]/v1', 'must not be at a private address'],
    ['https://[::ffff:127.0.0.1]/v1', 'must not be at a private address'],
    ['https://[fd00::1]/v1', 'must not be at a private address'],
  ])('%s, on a provider or on an endpoint', (base_url, message) => {
    expect(() => put(acme(base_url))).toThrow(message);
    expect(() => put(model({ base_url }))).toThrow(message);
    // A provider may be put before its models.
    expect(() => put(acme(base_url), false, {})).toThrow(message);
    // Where an operator has allowed it, that is his.
    expect(() => put(acme(base_url), true)).not.toThrow();
  });

  test.each([
    ['https://user@acme.test/v1', 'must not hold credentials'],
    ['https://user:word@acme.test/v1', 'must not hold credentials'],
    ['https://acme.test@{host}/v1', 'must not hold credentials'],
    ['https://acme.test/v1?to=evil', 'without a query'],
    ['https://acme.test/v1#evil', 'without a query'],
    ['https://acme.test /v1', 'without a query'],
    ['ftp://acme.test/v1', 'http or https'],
    ['file:///etc/passwd', 'http or https'],
    ['https://{nobody}/v1', 'needs the variable {nobody}'],
    ['https://{constructor}/v1', 'needs the variable {constructor}'],
    ['https://{__proto__}/v1', 'needs the variable {__proto__}'],
    ['https://{host/v1', 'has a brace that is no variable'],
    ['https://acme.test:99999/v1', 'makes no valid URL'],
  ])('%s, wherever it stands', (base_url, message) => {
    expect(() => lay(acme(base_url))).toThrow(message);
  });

  test.each([
    ['a path with a fragment', { path: '/v1/chat#evil' }, 'must have no fragment'],
    [
      'a path that goes on with the name of the host',
      { base_url: 'https://acme.test', path: '@127.0.0.1/' },
      'must not hold',
    ],
    ['a variable that is a private address', { base_url: 'https://{host}/v1', vars: { host: '127.0.0.1' } }, 'private'],
    ['a region that is one', { base_url: 'https://{region}/v1', regions: { '10.0.0.1': {} } }, 'private'],
    ['a region that its provider does not have', { regions: ['mars-1'] }, 'is no region of the provider'],
  ])('%s', (_name, more, message) => {
    const file = { ...acme('https://acme.test/v1', { regions: { 'us-east-1': {} } }), ...model() };
    const api = model(more);
    expect(() => put(api, false, file)).toThrow(message);
  });
});

test('headers, queries and credentials that the API names go to public places alone', () => {
  for (const more of [{ headers: { a: 'b' } }, { query: { a: 'b' } }, { auth: { type: 'bearer', secret: 's' } }]) {
    expect(isOutside({ providers: { acme: more } })).toBe(true);
    expect(() => put({ providers: { acme: more } })).toThrow('must be at an https URL');
  }
});

test('what was there while it was allowed can be taken back one by one, and is moved to no other private place', () => {
  const inside = { ...acme('http://10.0.0.7/v1'), ...model() };
  const both = { providers: { ...inside.providers, other: { base_url: 'http://10.0.0.8/v1' } }, ...model() };
  expect(() => put(inside, false, {}, both)).not.toThrow();
  expect(() => put(acme('http://10.0.0.7/v1'), false, {}, inside)).not.toThrow();
  expect(() => put({ ...acme('http://10.0.0.9/v1'), ...model() }, false, {}, inside)).toThrow(
    'must be at an https URL',
  );
});
