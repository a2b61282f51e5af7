import { describe, expect, test } from '@jest/globals';
import type { Endpoint } from '../core/endpoints/endpoint.ts';
import { costOf, costUpperBound } from '../core/money/price.ts';
import { noUsage } from '../core/money/usage.ts';
import { type Catalogue, withAvailableSecrets } from './catalogue.ts';
import { parseCatalogueFile } from './catalogue-file.ts';
import { buildCatalogue, FIRST_KNOWN } from './load-catalogue.ts';

const price = { input: '3', output: '15' };
const sizes = { context_length: 1000, max_output_tokens: 100 };
const acme = { format: 'chat', base_url: 'https://acme.test/v1', auth: { type: 'bearer', secret: 'acme-api-key' } };

function load(...files: unknown[]): Catalogue {
  return buildCatalogue(files.map(parseCatalogueFile));
}

/** The endpoints of one entry of one provider. */
function endpointsOf(provider: object, entry: object = {}, model: object = {}): readonly Endpoint[] {
  const endpoints = [{ provider: 'acme', model: 'large', price, ...entry }];
  const catalogue = load({
    providers: { acme: provider },
    models: { 'acme/large': { ...sizes, ...model, endpoints } },
  });
  return catalogue.models.get('acme/large')?.endpoints ?? [];
}

function endpointOf(provider: object, entry: object = {}, model: object = {}): Endpoint {
  const [endpoint] = endpointsOf(provider, entry, model);
  if (endpoint === undefined) throw new Error('There is no endpoint.');
  return endpoint;
}

const vertexRegions = {
  'asia-south1': { host: 'asia-south1-aiplatform.googleapis.com' },
  global: { host: 'aiplatform.googleapis.com' },
};
const google = { type: 'google' };

/** The overlay of the API's documentation, with one model for each provider that it has no model for. */
const documented = {
  providers: {
    openai: {
      format: 'responses',
      base_url: 'https://api.openai.com/v1',
      auth: { type: 'bearer', secret: 'openai-api-key' },
      request: { unknown: 'pass' },
    },
    anthropic: {
      format: 'messages',
      base_url: 'https://api.anthropic.com',
      auth: { type: 'x-api-key', secret: 'anthropic-api-key' },
    },
    vertex: {
      format: 'gemini',
      base_url: 'https://{host}/v1/projects/{project}/locations/{region}/publishers/google/models/{model}',
      vars: { project: 'my-project' },
      auth: google,
      regions: vertexRegions,
    },
    'vertex-claude': {
      format: 'messages',
      base_url: 'https://{host}/v1/projects/{project}/locations/{region}/publishers/anthropic/models/{model}',
      path: ':rawPredict',
      stream_path: ':streamRawPredict',
      vars: { project: 'my-project' },
      auth: google,
      regions: { global: { host: 'aiplatform.googleapis.com' } },
      request: { set: { anthropic_version: 'vertex-2023-10-16' }, drop: ['model'] },
    },
    bedrock: {
      format: 'converse',
      base_url: 'https://bedrock-runtime.{region}.amazonaws.com',
      auth: { type: 'aws', service: 'bedrock', secret: 'bedrock-credentials' },
      regions: ['ap-south-1', 'us-east-1'],
    },
    deepseek: {
      format: 'chat',
      base_url: 'https://api.deepseek.com/v1',
      auth: { type: 'bearer', secret: 'deepseek-api-key' },
      request: { roles: { developer: 'system' }, rename: { max_completion_tokens: 'max_tokens' } },
      reasoning: { field: 'reasoning_content', replay: 'always' },
      usage: { cached: 'prompt_cache_hit_tokens' },
    },
  },
  models: {
    'anthropic/claude-sonnet-4.5': {
      aliases: ['claude-sonnet-4-5'],
      context_length: 200000,
      max_output_tokens: 64000,
      capabilities: ['tools', 'vision', 'json_schema', 'reasoning'],
      endpoints: [
        {
          provider: 'anthropic',
          model: 'claude-sonnet-4-5',
          price: { input: '3', output: '15', cache_read: '0.30', cache_write: '3.75', cache_write_1h: '6' },
        },
        {
          provider: 'vertex-claude',
          model: 'claude-sonnet-4-5',
          price: { input: '3', output: '15' },
          visible_output: true,
        },
      ],
    },
    'openai/gpt-5': { ...sizes, endpoints: [{ provider: 'openai', model: 'gpt-5', price }] },
    'google/gemini-2.5-pro': { ...sizes, endpoints: [{ provider: 'vertex', model: 'gemini-2.5-pro', price }] },
    'amazon/nova-pro': { ...sizes, endpoints: [{ provider: 'bedrock', model: 'amazon.nova-pro-v1:0', price }] },
    'deepseek/deepseek-chat': { ...sizes, endpoints: [{ provider: 'deepseek', model: 'deepseek-chat', price }] },
  },
};

describe('the documented overlay', () => {
  const endpoints = new Map(
    [...load(documented).models.values()].flatMap((model) => model.endpoints.map((one) => [one.id, one])),
  );

  const vertex = '/v1/projects/my-project/locations';
  test.each([
    ['openai/gpt-5', 'https://api.openai.com/v1/responses', 'https://api.openai.com/v1/responses'],
    ['anthropic/claude-sonnet-4-5', 'https://api.anthropic.com/v1/messages', 'https://api.anthropic.com/v1/messages'],
    [
      'vertex-claude/claude-sonnet-4-5@global',
      `https://aiplatform.googleapis.com${vertex}/global/publishers/anthropic/models/claude-sonnet-4-5:rawPredict`,
      `https://aiplatform.googleapis.com${vertex}/global/publishers/anthropic/models/claude-sonnet-4-5:streamRawPredict`,
    ],
    [
      'vertex/gemini-2.5-pro@asia-south1',
      `https://asia-south1-aiplatform.googleapis.com${vertex}/asia-south1/publishers/google/models/gemini-2.5-pro:generateContent`,
      `https://asia-south1-aiplatform.googleapis.com${vertex}/asia-south1/publishers/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse`,
    ],
    [
      'vertex/gemini-2.5-pro@global',
      `https://aiplatform.googleapis.com${vertex}/global/publishers/google/models/gemini-2.5-pro:generateContent`,
      `https://aiplatform.googleapis.com${vertex}/global/publishers/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse`,
    ],
    [
      'bedrock/amazon.nova-pro-v1:0@ap-south-1',
      'https://bedrock-runtime.ap-south-1.amazonaws.com/model/amazon.nova-pro-v1%3A0/converse',
      'https://bedrock-runtime.ap-south-1.amazonaws.com/model/amazon.nova-pro-v1%3A0/converse-stream',
    ],
    [
      'bedrock/amazon.nova-pro-v1:0@us-east-1',
      'https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.nova-pro-v1%3A0/converse',
      'https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.nova-pro-v1%3A0/converse-stream',
    ],
    [
      'deepseek/deepseek-chat',
      'https://api.deepseek.com/v1/chat/completions',
      'https://api.deepseek.com/v1/chat/completions',
    ],
  ])('gives %s its URLs', (id, url, streamUrl) => {
    expect(endpoints.get(id)).toMatchObject({ url, streamUrl });
  });

  test('has no other endpoints', () => {
    expect(endpoints.size).toBe(8);
  });

  test('gives each endpoint what its provider says', () => {
    expect(endpoints.get('deepseek/deepseek-chat')).toMatchObject({
      format: 'chat',
      auth: { type: 'bearer', secret: 'deepseek-api-key' },
      request: {
        set: {},
        drop: [],
        rename: { max_completion_tokens: 'max_tokens' },
        roles: { developer: 'system' },
        unknown: 'drop',
      },
      reasoning: { send: 'effort', field: 'reasoning_content', replay: 'always', issuer: 'unknown' },
      usage: { cached: 'prompt_cache_hit_tokens' },
      visibleOutput: false,
    });
    expect(endpoints.get('openai/gpt-5')?.request.unknown).toBe('pass');
    expect(endpoints.get('vertex-claude/claude-sonnet-4-5@global')).toMatchObject({
      modelId: 'anthropic/claude-sonnet-4.5',
      region: 'global',
      auth: { type: 'google' },
      request: { set: { anthropic_version: 'vertex-2023-10-16' }, drop: ['model'] },
      visibleOutput: true,
    });
  });

  test('signs for the region of the endpoint', () => {
    expect(endpoints.get('bedrock/amazon.nova-pro-v1:0@ap-south-1')?.auth).toEqual({
      type: 'aws',
      service: 'bedrock',
      secret: 'bedrock-credentials',
      region: 'ap-south-1',
    });
  });
});

describe('what an endpoint takes', () => {
  const request = { fields: ['top_k'], tool_ids: { max: 40 }, max_tokens: 'max_completion_tokens' };

  test('is by default what most servers take', () => {
    const chat = endpointOf(acme).request;
    expect(chat).toMatchObject({
      messageFields: ['name'],
      systemContent: 'text',
      toolIds: { pattern: null, max: null },
      rolesAfterTool: null,
      streamOptions: ['include_usage'],
      maxTokens: 'max_tokens',
      minOutputTokens: 1,
      userId: 'plain',
      schemaDialect: 'json_schema',
    });
    expect(chat.fields).toEqual(expect.arrayContaining(['top_k', 'min_p', 'logit_bias', 'user']));
    expect(chat.fields).not.toContain('verbosity');
  });

  test('is of Responses at least sixteen tokens, and roles of chat by their older name', () => {
    expect(endpointOf({ ...acme, format: 'responses' }).request.minOutputTokens).toBe(16);
    expect(endpointOf(acme).request.roles).toEqual({ developer: 'system' });
    expect(endpointOf({ ...acme, request: { unknown: 'pass' } }).request.roles).toEqual({});
  });

  test('goes on with a limit that is renamed from the newer name', () =>
    expect(
      endpointOf({ ...acme, request: { rename: { max_completion_tokens: 'max_new_tokens' } } }).request.maxTokens,
    ).toBe('max_completion_tokens'));

  test('is said by the provider, better by the model, and best by the endpoint', () => {
    const fromModel = { request: { fields: ['min_p'], tool_ids: { max: 20 } }, reasoning: { effort_levels: ['low'] } };
    const { request: rules, reasoning } = endpointOf(
      { ...acme, request, reasoning: { effort_levels: ['high'], thinking_off: { a: 1 } } },
      { request: { fields: ['seed'] }, reasoning: { thinking_off: null } },
      fromModel,
    );
    expect(rules).toMatchObject({ fields: ['seed'], toolIds: { max: 20 }, maxTokens: 'max_completion_tokens' });
    expect(reasoning).toMatchObject({ effortLevels: ['low'], thinkingOff: null });
  });

  test.each([
    [{ fields: ['topk'] }, 'providers.acme.request.fields[0]'],
    [{ tool_ids: { pattern: '(' } }, 'providers.acme.request.tool_ids.pattern'],
    [{ tool_ids: { pattern: '^[0-9]{9}$', max: 9 } }, 'providers.acme.request.tool_ids'],
    [{ tool_ids: { max: 3 } }, 'providers.acme.request.tool_ids.max'],
    [{ schema_dialect: 'xml' }, 'providers.acme.request.schema_dialect'],
  ])('is no %j', (wrong, param) =>
    expect(() => endpointOf({ ...acme, request: wrong })).toThrow(expect.objectContaining({ param })),
  );
});

describe('URLs', () => {
  const gemini = { format: 'gemini', auth: google };

  test('a gemini base URL without {model} gets the path of Vertex AI', () => {
    const provider = { ...gemini, base_url: 'https://proxy.test', vars: { project: 'p' }, regions: ['global'] };
    expect(endpointOf(provider).streamUrl).toBe(
      'https://proxy.test/v1/projects/p/locations/global/publishers/google/models/large:streamGenerateContent?alt=sse',
    );
  });

  test('a gemini path of its own is taken as it is', () => {
    const provider = { ...gemini, base_url: 'https://proxy.test', path: '/x', stream_path: '/y?alt=sse' };
    expect(endpointOf(provider)).toMatchObject({
      url: 'https://proxy.test/x',
      streamUrl: 'https://proxy.test/y?alt=sse',
    });
  });

  test('a query is added to one that is there', () => {
    const provider = { ...gemini, base_url: 'https://a.test/models/{model}', query: { v: '1 &2' } };
    expect(endpointOf(provider)).toMatchObject({
      url: 'https://a.test/models/large:generateContent?v=1%20%262',
      streamUrl: 'https://a.test/models/large:streamGenerateContent?alt=sse&v=1%20%262',
    });
  });

  test('an Azure deployment takes its version in the query and its key in a header', () => {
    const provider = {
      format: 'chat',
      base_url: 'https://{resource}.openai.azure.com/openai/deployments/{model}',
      query: { 'api-version': '2024-10-21' },
      auth: { type: 'header', name: 'api-key', secret: 'azure-api-key' },
    };
    expect(endpointOf(provider, { vars: { resource: 'mine' } })).toMatchObject({
      url: 'https://mine.openai.azure.com/openai/deployments/large/chat/completions?api-version=2024-10-21',
      auth: { type: 'header', name: 'api-key', secret: 'azure-api-key' },
    });
  });

  test('a stream takes the path of the whole answer where the format uses one path', () => {
    expect(endpointOf({ ...acme, path: '/chat' }).streamUrl).toBe('https://acme.test/v1/chat');
  });

  test('one slash stands between a base URL and a path', () => {
    expect(endpointOf({ ...acme, base_url: 'https://acme.test/v1/' }).url).toBe(
      'https://acme.test/v1/chat/completions',
    );
  });

  test.each([
    ['anthropic.claude-3-haiku-20240307-v1:0', 'anthropic.claude-3-haiku-20240307-v1%3A0'],
    ['arn:aws:bedrock:us-east-1:1:inference-profile/x', 'arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fx'],
    ['claude-sonnet-4-5@20250929', 'claude-sonnet-4-5@20250929'],
    ['../../admin', '..%2F..%2Fadmin'],
    ['a?b#c', 'a%3Fb%23c'],
  ])('the model %s is one segment of the path', (model, segment) => {
    const provider = { ...acme, base_url: 'https://a.test/model/{model}', path: '/converse' };
    expect(endpointOf(provider, { model }).url).toBe(`https://a.test/model/${segment}/converse`);
  });

  test('a variable comes from the region, then the endpoint, then the provider', () => {
    const provider = {
      ...acme,
      base_url: 'https://{a}.{b}.{c}.test',
      vars: { a: 'provider', b: 'provider', c: 'provider' },
      regions: { r1: { a: 'region' } },
    };
    expect(endpointOf(provider, { vars: { a: 'endpoint', b: 'endpoint' } }).url).toBe(
      'https://region.endpoint.provider.test/chat/completions',
    );
  });

  test('queries and headers take variables too', () => {
    const provider = { ...acme, query: { where: '{region}' }, headers: { 'X-Model': '{model}' }, regions: ['eu'] };
    expect(endpointOf(provider)).toMatchObject({
      url: 'https://acme.test/v1/chat/completions?where=eu',
      headers: { 'x-model': 'large' },
    });
  });

  test.each<[string, object]>([
    ['base_url', { base_url: 'https://{nowhere}.test' }],
    ['query', { query: { q: '{nowhere}' } }],
    ['headers', { headers: { h: '{nowhere}' } }],
  ])('a variable that is missing in %s stops the start', (field, changes) => {
    expect(() => endpointOf({ ...acme, ...changes })).toThrow(
      `models["acme/large"].endpoints[0]: ${field} needs the variable {nowhere}`,
    );
  });

  test('signing for AWS without a region stops the start', () => {
    const auth = { type: 'aws', service: 'bedrock', secret: 's' };
    expect(() => endpointOf({ ...acme, auth })).toThrow('auth needs the variable {region}');
  });

  test('credentials in a URL stop the start, and are not repeated', () => {
    const act = () => endpointOf({ ...acme, base_url: 'https://me:hunter2@acme.test' });
    expect(act).toThrow('must not hold credentials');
    expect(act).not.toThrow('hunter2');
  });

  test('an echo is served in process', () => {
    expect(endpointOf({ format: 'chat', base_url: 'echo://local', auth: { type: 'none' } })).toMatchObject({
      url: 'echo://local/chat/completions',
      auth: { type: 'none' },
    });
  });

  test('values from outside fill what files leave open, and files win', () => {
    const file = parseCatalogueFile({
      providers: { acme: { ...acme, base_url: 'https://{project}.{zone}.test', vars: { zone: 'file' } } },
      models: { m: { ...sizes, endpoints: [{ provider: 'acme', model: 'x', price }] } },
    });
    const catalogue = buildCatalogue([file], { vars: { project: 'outside', zone: 'outside' } });
    expect(catalogue.find('m')?.endpoints[0]?.url).toBe('https://outside.file.test/chat/completions');
  });
});

describe('an endpoint', () => {
  test('wins over its provider, key by key', () => {
    const provider = {
      ...acme,
      headers: { 'X-A': 'provider', 'x-b': 'provider' },
      request: { set: { a: 1 }, drop: ['x'], unknown: 'pass' },
      reasoning: { field: 'reasoning' },
    };
    const entry = {
      format: 'responses',
      base_url: 'https://other.test',
      headers: { 'x-a': 'endpoint' },
      request: { set: { b: 2 } },
      reasoning: { replay: 'never', issuer: 'xai-responses-v1' },
      context_length: 500,
      max_output_tokens: 50,
    };
    expect(endpointOf(provider, entry)).toMatchObject({
      format: 'responses',
      url: 'https://other.test/responses',
      headers: { 'x-a': 'endpoint', 'x-b': 'provider' },
      request: { set: { b: 2 }, drop: ['x'], rename: {}, roles: {}, unknown: 'pass' },
      reasoning: { send: 'effort', field: 'reasoning', replay: 'never', issuer: 'xai-responses-v1' },
      contextLength: 500,
      maxOutputTokens: 50,
    });
  });

  test.each(['format', 'base_url', 'auth'])('without %s, there or on its provider, stops the start', (field) => {
    const provider = Object.fromEntries(Object.entries(acme).filter(([name]) => name !== field));
    expect(() => endpointOf(provider)).toThrow(
      `models["acme/large"].endpoints[0].${field}: is required, here or on the provider "acme"`,
    );
  });

  test('is made for each region of its provider', () => {
    expect(endpointsOf({ ...acme, regions: ['a', 'b'] }).map(({ id, region }) => [id, region])).toEqual([
      ['acme/large@a', 'a'],
      ['acme/large@b', 'b'],
    ]);
  });

  test('may pick some regions and keeps their variables', () => {
    const provider = { ...acme, base_url: 'https://{host}', regions: { a: { host: 'a.test' }, b: { host: 'b.test' } } };
    expect(endpointsOf(provider, { regions: ['b'] }).map(({ url }) => url)).toEqual([
      'https://b.test/chat/completions',
    ]);
  });

  test('may bring regions of its own as a map', () => {
    expect(endpointsOf({ ...acme, regions: ['a'] }, { regions: { c: {} } }).map(({ region }) => region)).toEqual(['c']);
  });

  test('that picks a region its provider lacks stops the start', () => {
    expect(() => endpointsOf({ ...acme, regions: ['mumbai'] }, { regions: ['mumbay'] })).toThrow(
      'models["acme/large"].endpoints[0].regions[0]: is no region of the provider "acme"',
    );
  });

  test('that is there twice stops the start', () => {
    const endpoints = [
      { provider: 'acme', model: 'x', price },
      { provider: 'acme', model: 'x', price: { input: '0', output: '0' } },
    ];
    expect(() => load({ providers: { acme }, models: { m: { ...sizes, endpoints } } })).toThrow(
      'models.m.endpoints: acme/x is there twice',
    );
  });

  test.each([
    ['chat', 'x', 'effort', 'unknown'],
    ['chat', 'google/gemini-3-pro', 'effort', 'google-gemini-v1'],
    ['responses', 'x', 'effort', 'openai-responses-v1'],
    ['messages', 'x', 'budget', 'anthropic-claude-v1'],
    ['gemini', 'gemini-2.5-pro', 'budget', 'google-gemini-v1'],
    ['gemini', 'gemini-3.1-pro-preview', 'level', 'google-gemini-v1'],
    ['converse', 'global.anthropic.claude-opus-4-7', 'budget', 'anthropic-claude-v1'],
    ['converse', 'amazon.nova-pro-v1:0', 'budget', 'amazon-nova-v1'],
    ['converse', 'openai.gpt-oss-120b-1:0', 'budget', 'unknown'],
  ])('of format %s with the model %s asks for reasoning by %s and is issuer %s', (format, model, send, issuer) => {
    const provider = { ...acme, format, base_url: 'https://a.test/{model}' };
    expect(endpointOf(provider, { model }).reasoning).toMatchObject({ send, field: null, replay: 'signed', issuer });
  });
});

describe('capabilities', () => {
  const list = (provider: object, entry: object, model: object) =>
    [...endpointOf({ ...acme, ...provider }, entry, model).capabilities].sort();

  test('are those of the format and the model', () => {
    expect(list({ format: 'converse' }, {}, { capabilities: ['tools'] })).toEqual([
      'json_mode',
      'sampling',
      'stop',
      'tools',
    ]);
  });

  test('JSON mode is one of tools, where the format asks for it by a tool', () => {
    expect(list({ format: 'messages' }, {}, {})).not.toContain('json_mode');
    expect(list({ format: 'messages' }, { capabilities: ['tools'] }, {})).toContain('json_mode');
  });

  test('of a provider and an endpoint come after the model, and may take away', () => {
    const provider = { format: 'messages', capabilities: ['-file', '-tools'] };
    expect(list(provider, { capabilities: ['-sampling', 'tools'] }, { capabilities: ['tools', 'reasoning'] })).toEqual([
      'json_mode',
      'reasoning',
      'stop',
      'tools',
    ]);
  });

  test('hold image_url only with vision', () => {
    expect(list({}, {}, {})).not.toContain('image_url');
    expect(list({}, {}, { capabilities: ['vision'] })).toContain('image_url');
  });

  test('make the modalities of the model', () => {
    const catalogue = load({
      providers: { acme },
      models: {
        m: { ...sizes, capabilities: ['vision', 'audio'], endpoints: [{ provider: 'acme', model: 'x', price }] },
      },
    });
    expect(catalogue.find('m')).toMatchObject({
      inputModalities: ['text', 'image', 'audio'],
      outputModalities: ['text'],
    });
  });
});

describe('prices', () => {
  test('of parts that have none are those of their totals', () => {
    expect(endpointOf(acme).price).toEqual({
      input: 3_000_000n,
      output: 15_000_000n,
      cacheRead: 3_000_000n,
      cacheWrite: 3_000_000n,
      cacheWrite1h: 3_000_000n,
      inputAudio: 3_000_000n,
      reasoning: 15_000_000n,
      request: 0n,
      tiers: [],
    });
  });

  test('an hour of cache costs what a cache write costs', () => {
    const resolved = endpointOf(acme, { price: { ...price, cache_write: '3.75', request: '1000' } }).price;
    expect(resolved).toMatchObject({ cacheWrite: 3_750_000n, cacheWrite1h: 3_750_000n, request: 1_000_000_000n });
  });

  test('a long input is quoted and charged by its tier, in whatever order the file names them', () => {
    const tiers = [
      { above_input_tokens: 400, input: '12', output: '30', cache_read: '1.2' },
      { above_input_tokens: 200, input: '6', output: '22.5' },
    ];
    const resolved = endpointOf(acme, { price: { ...price, cache_read: '0.3', tiers } }).price;
    expect(resolved.tiers.map((tier) => [tier.aboveInputTokens, tier.input, tier.cacheRead])).toEqual([
      [200, 6_000_000n, 6_000_000n],
      [400, 12_000_000n, 1_200_000n],
    ]);
    expect(costOf({ ...noUsage, input: 200 }, resolved)).toBe(600_000_000n);
    expect(costOf({ ...noUsage, input: 201 }, resolved)).toBe(1_206_000_000n);
    expect(costUpperBound(401, 1, resolved)).toBe(401n * 12_000_000n + 30_000_000n);
  });

  test('two tiers of one length stop the start', () => {
    const tier = { above_input_tokens: 200, ...price };
    expect(() => endpointOf(acme, { price: { ...price, tiers: [tier, tier] } })).toThrow(
      'models["acme/large"].endpoints[0].price.tiers: two tiers begin at the same length',
    );
  });
});

describe('a price that is known to change', () => {
  const change = Date.parse('2027-01-01');
  const catalogueAt = (at: number, prices: object) =>
    buildCatalogue(
      [
        parseCatalogueFile({
          providers: { acme },
          models: { 'acme/large': { ...sizes, endpoints: [{ provider: 'acme', model: 'large', price: prices }] } },
        }),
      ],
      { at },
    );
  const prices = [price, { ...price, input: '4', from: '2027-01-01' }];

  test('is charged from its day, and makes another catalogue', () => {
    const [before, after] = [catalogueAt(change - 1, prices), catalogueAt(change, prices)];
    expect(before.find('large')?.endpoints[0]?.price.input).toBe(3_000_000n);
    expect(after.find('large')?.endpoints[0]?.price.input).toBe(4_000_000n);
    expect([before.holdsUntil, after.holdsUntil]).toEqual([change, Number.POSITIVE_INFINITY]);
    expect(before.version).not.toBe(after.version);
  });

  test('leaves its endpoint out while none holds, and its model with the last', () => {
    const ended = { ...price, until: '2027-01-01' };
    expect(catalogueAt(change - 1, ended).find('acme/large')).not.toBeNull();
    expect(catalogueAt(change, ended).find('acme/large')).toBeNull();
  });

  test('is looked at whole whatever the day', () => {
    const bad = [
      price,
      { ...price, from: '2027-01-01', tiers: [1, 1].map((n) => ({ ...price, above_input_tokens: n })) },
    ];
    expect(() => catalogueAt(change - 1, bad)).toThrow('price[1].tiers: two tiers');
  });
});

describe('the day on which a model retires', () => {
  test.each<[string, object, object[], string | null]>([
    ['is that of its last endpoint', { retires_at: '2027-03-01' }, [{}, { retires_at: '2027-06-01' }], '2027-06-01'],
    ['is none while an endpoint stays', { retires_at: '2027-03-01' }, [{}, { retires_at: null }], null],
    ['is none where nobody says one', {}, [{ retires_at: '2027-03-01' }, {}], null],
    ['may be said by all its endpoints', {}, [{ retires_at: '2027-03-01' }], '2027-03-01'],
  ])('%s', (_name, model, entries, day) => {
    const endpoints = entries.map((entry, at) => ({ provider: 'acme', model: `large-${at}`, price, ...entry }));
    const catalogue = load({ providers: { acme }, models: { 'acme/large': { ...sizes, ...model, endpoints } } });
    expect(catalogue.find('acme/large')?.retiresAt).toBe(day);
  });
});

test('all mistakes are told at once, each with its path', () => {
  const endpoint = { provider: 'acme', model: 'large', price };
  const file = {
    providers: { acme },
    models: {
      'acme/one': {
        ...sizes,
        endpoints: [
          { ...endpoint, provider: 'bolt' },
          { ...endpoint, base_url: 'http://{gone}' },
        ],
      },
      'acme/two': { endpoints: [endpoint] },
    },
  };
  expect(() => load(file)).toThrow(
    expect.objectContaining({
      details: {
        mistakes: [
          { path: 'models["acme/one"].endpoints[0].provider', message: 'there is no provider "bolt"' },
          { path: 'models["acme/one"].endpoints[1]', message: expect.stringContaining('{gone}') },
          { path: 'models["acme/two"].context_length', message: 'is required' },
        ],
      },
    }),
  );
});

test.each(['auto', 'mesh/auto', 'OpenRouter/Auto'])(
  '%s is the name of no model, since it leaves the choice to the router',
  (name) => {
    const model = { ...sizes, endpoints: [{ provider: 'acme', model: 'large', price }] };
    const message = 'is a name that leaves the choice of the model to the router';
    expect(() => load({ providers: { acme }, models: { [name]: model } })).toThrow(message);
    expect(() => load({ providers: { acme }, models: { 'acme/large': { ...model, aliases: [name] } } })).toThrow(
      message,
    );
  },
);

describe('files laid over each other', () => {
  const base = {
    providers: { acme, other: { ...acme, base_url: 'https://other.test' } },
    models: {
      'acme/large': { ...sizes, name: 'Large', endpoints: [{ provider: 'acme', model: 'large', price }] },
      'acme/both': {
        ...sizes,
        endpoints: [
          { provider: 'acme', model: 'both', price },
          { provider: 'other', model: 'both', price },
        ],
      },
    },
  };

  test('a later file changes the fields that it names', () => {
    const overlay = {
      providers: { acme: { base_url: 'https://proxy.test' } },
      models: { 'acme/large': { max_output_tokens: 50 } },
    };
    expect(load(base, overlay).find('acme/large')).toMatchObject({
      name: 'Large',
      maxOutputTokens: 50,
      contextLength: 1000,
      endpoints: [
        { url: 'https://proxy.test/chat/completions', auth: { secret: 'acme-api-key' }, maxOutputTokens: 50 },
      ],
    });
  });

  test('endpoints are replaced as a whole', () => {
    const endpoints = [{ provider: 'acme', model: 'both', price: { input: '1', output: '2' } }];
    const model = load(base, { models: { 'acme/both': { endpoints } } }).find('acme/both');
    expect(model?.endpoints.map(({ id, price: { input } }) => [id, input])).toEqual([['acme/both', 1_000_000n]]);
  });

  test('null takes a model away', () => {
    expect([...load(base, { models: { 'acme/large': null } }).models.keys()]).toEqual(['acme/both']);
  });

  test('null takes a provider away, with its endpoints and the models that have no other', () => {
    const catalogue = load(base, { providers: { acme: null } });
    expect([...catalogue.models.values()].flatMap((model) => model.endpoints.map(({ id }) => id))).toEqual([
      'other/both',
    ]);
  });

  test('a provider that nobody named stops the start', () => {
    expect(() => load({ models: { m: { ...sizes, endpoints: [{ provider: 'acmee', model: 'x', price }] } } })).toThrow(
      'models.m.endpoints[0].provider: there is no provider "acmee"',
    );
  });

  test.each(['context_length', 'max_output_tokens', 'endpoints'])('a new model without %s stops the start', (field) => {
    const entry = { ...sizes, endpoints: [{ provider: 'acme', model: 'x', price }] };
    const partial = Object.fromEntries(Object.entries(entry).filter(([name]) => name !== field));
    expect(() => load(base, { models: { 'new/model': partial } })).toThrow(`models["new/model"].${field}: is required`);
  });

  test('an optional provider is left out while a variable is missing', () => {
    const optional = { ...acme, base_url: 'https://{project}.test', optional: true };
    const file = parseCatalogueFile({ ...base, providers: { ...base.providers, acme: optional } });
    const ids = (vars: Record<string, string>) =>
      [...buildCatalogue([file], { vars }).models.values()].flatMap((model) => model.endpoints.map(({ id }) => id));
    expect(ids({})).toEqual(['other/both']);
    expect(ids({ project: 'p' })).toEqual(['acme/large', 'acme/both', 'other/both']);
  });
});

describe('names', () => {
  const model = (upstream: string, aliases: string[] = []) => ({
    ...sizes,
    aliases,
    endpoints: [{ provider: 'acme', model: upstream, price }],
  });
  const catalogue = load({
    providers: { acme },
    models: {
      'acme/one': model('one-2025', ['one', 'shared-upstream']),
      'acme/two': model('shared-upstream'),
      'acme/three': model('twin'),
      'acme/four': model('twin'),
      'acme/five': model('acme/one'),
    },
  });

  test.each([
    ['acme/one', 'acme/one'],
    ['acme%2Fone', 'acme/one'],
    ['one', 'acme/one'],
    ['one-2025', 'acme/one'],
    ['shared-upstream', 'acme/one'],
    ['twin', undefined],
    ['ONE', undefined],
    ['', undefined],
    ['%', undefined],
    ['__proto__', undefined],
  ])('%j finds %j', (name, id) => {
    expect(catalogue.find(name)?.id).toBe(id);
  });

  test('an alias of two models stops the start', () => {
    const models = { a: model('x', ['same']), b: model('y', ['same']) };
    expect(() => load({ providers: { acme }, models })).toThrow('models.b.aliases[0]: "same" is also a name of "a"');
  });

  test('an alias that is the id of another model stops the start', () => {
    const models = { a: model('x', ['b']), b: model('y') };
    expect(() => load({ providers: { acme }, models })).toThrow('models.a.aliases[0]: "b" is also a name of "b"');
  });
});

describe('a catalogue', () => {
  test('has the same version whatever the order of its file', () => {
    const entries = Object.entries(documented.models).reverse();
    const shuffled = { models: Object.fromEntries(entries), providers: documented.providers };
    expect(load(shuffled).version).toBe(load(documented).version);
    expect(load(documented).version).toMatch(/^[0-9a-f]{16}$/);
  });

  test.each<[string, object]>([
    ['price', { endpoints: [{ provider: 'openai', model: 'gpt-5', price: { input: '3', output: '15.01' } }] }],
    ['capability', { capabilities: ['tools'] }],
    ['alias', { aliases: ['gpt'] }],
  ])('has another version for another %s', (_name, change) => {
    const changed = load(documented, { models: { 'openai/gpt-5': change } });
    expect(changed.version).not.toBe(load(documented).version);
  });

  test('dates its models, also those whose release is not known, with one day for all', () => {
    const dated = (created?: string) => {
      const changed = load(documented, { models: { 'openai/gpt-5': { created } } });
      return changed.find('openai/gpt-5')?.created;
    };
    expect(dated('2025-08-07')).toBe(Date.UTC(2025, 7, 7) / 1000);
    expect(dated()).toBe(Date.parse(FIRST_KNOWN) / 1000);
  });

  test('names its secrets once each', () => {
    expect(load(documented).secretNames()).toEqual([
      'anthropic-api-key',
      'bedrock-credentials',
      'deepseek-api-key',
      'openai-api-key',
    ]);
  });

  test('cannot be changed', () => {
    const endpoint = load(documented).find('openai/gpt-5')?.endpoints[0];
    expect(() => Object.assign(endpoint?.price ?? {}, { input: 0n })).toThrow(TypeError);
    expect(() => Object.assign(endpoint?.request.set ?? {}, { stream: false })).toThrow(TypeError);
  });
});

describe('a catalogue without all secrets', () => {
  const ids = (names: string[], googleDefault: boolean) => {
    const { models } = withAvailableSecrets(load(documented), new Set(names), { googleDefault });
    return [...models.values()].flatMap((model) => model.endpoints.map(({ id }) => id));
  };

  test('shows the endpoints that there are credentials for', () => {
    expect(ids(['anthropic-api-key'], false)).toEqual(['anthropic/claude-sonnet-4-5']);
  });

  test('shows endpoints of default credentials only where the process has some', () => {
    expect(ids([], true)).toEqual([
      'vertex-claude/claude-sonnet-4-5@global',
      'vertex/gemini-2.5-pro@asia-south1',
      'vertex/gemini-2.5-pro@global',
    ]);
  });

  test('hides models that have no endpoint left', () => {
    const some = withAvailableSecrets(load(documented), new Set(['openai-api-key']), { googleDefault: false });
    expect(some.find('openai/gpt-5')).not.toBeNull();
    expect(some.find('anthropic/claude-sonnet-4.5')).toBeNull();
    expect(some.version).not.toBe(load(documented).version);
  });
});
