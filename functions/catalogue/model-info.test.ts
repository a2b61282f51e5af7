import { describe, expect, test } from '@jest/globals';
import type { Model } from './catalogue.ts';
import { parseCatalogueFile } from './catalogue-file.ts';
import { buildCatalogue } from './load-catalogue.ts';
import { toAutoModel, toModelInfo, toOpenAIModel } from './model-info.ts';

const provider = { format: 'chat', base_url: 'https://a.test', auth: { type: 'none' } };

function modelOf(prices: Record<string, object>, more: object = {}): Model {
  const endpoints = Object.entries(prices).map(([name, price]) => ({ provider: name, model: 'x', price }));
  const file = parseCatalogueFile({
    providers: Object.fromEntries(Object.keys(prices).map((name) => [name, provider])),
    models: { 'acme/large': { context_length: 1000, max_output_tokens: 100, endpoints, ...more } },
  });
  const model = buildCatalogue([file]).find('acme/large');
  if (model === null) throw new Error('There is no model.');
  return model;
}

const dear = { input: '3', output: '15' };
const cheap = { input: '0.25', output: '1.25', cache_read: '0.025' };

describe('a model for the SDKs of Mesh', () => {
  test('has the prices of its cheapest endpoint as decimal strings', () => {
    expect(toModelInfo(modelOf({ dear, cheap }))).toMatchObject({
      id: 'acme/large',
      name: 'acme/large',
      is_free: false,
      context_length: 1000,
      pricing: {
        prompt_usd_per_1m: '0.25',
        completion_usd_per_1m: '1.25',
        cache_read_input_usd_per_1m: '0.025',
        cache_write_input_usd_per_1m: '0.25',
        reasoning_usd_per_1m: null,
      },
      brand: 'acme',
      provider: 'cheap',
      providers: ['cheap', 'dear'],
      model_type: 'chat',
    });
  });

  test('says what it supports', () => {
    expect(toModelInfo(modelOf({ dear }, { capabilities: ['tools', 'vision', 'reasoning'] }))).toMatchObject({
      input_modalities: ['text', 'image'],
      output_modalities: ['text'],
      supports_tools: true,
      supports_vision: true,
      supports_reasoning: true,
      supports_structured_output: false,
      pricing: { reasoning_usd_per_1m: '15' },
    });
  });

  test.each<[boolean, object]>([
    [true, { input: '0', output: '0' }],
    [false, { input: '0', output: '0.000001' }],
    [false, { input: '0', output: '0', request: '5' }],
    [false, { input: '0', output: '0', tiers: [{ above_input_tokens: 9, input: '1', output: '0' }] }],
  ])('is free: %j, at %j', (free, price) => {
    expect(toModelInfo(modelOf({ one: price })).is_free).toBe(free);
  });
});

test("a model for OpenAI's SDKs has the price of one token", () => {
  expect(toOpenAIModel(modelOf({ cheap }, { created: '2025-09-29', brand: 'Acme' }))).toMatchObject({
    id: 'acme/large',
    object: 'model',
    created: 1_759_104_000,
    owned_by: 'Acme',
    architecture: { input_modalities: ['text'], output_modalities: ['text'], modality: 'text->text' },
    top_provider: { context_length: 1000, max_completion_tokens: 100 },
    supported_parameters: expect.arrayContaining(['max_tokens', 'temperature', 'stop']),
    name: 'acme/large',
    context_length: 1000,
    pricing: {
      prompt: '0.00000025',
      completion: '0.00000125',
      request: '0',
      input_cache_read: '0.000000025',
      input_cache_write: '0.00000025',
    },
  });
});

describe('auto, as one of the models', () => {
  test('is what the best of them can, at a price that is not known before', () => {
    const small = modelOf({ dear }, { context_length: 10, max_output_tokens: 500, capabilities: ['vision'] });
    const large = modelOf({ dear }, { context_length: 1_000, max_output_tokens: 100, capabilities: ['tools'] });
    expect(toAutoModel([small, large])).toMatchObject({
      id: 'auto',
      object: 'model',
      owned_by: 'mesh',
      context_length: 1_000,
      top_provider: { context_length: 1_000, max_completion_tokens: 500 },
      architecture: { input_modalities: ['text', 'image'] },
      supported_parameters: expect.arrayContaining(['tools']),
      pricing: { prompt: '-1', completion: '-1' },
    });
  });

  test('is none where there is nothing to choose', () => {
    expect(toAutoModel([])).toBeNull();
    expect(toAutoModel([{ ...modelOf({ dear }), type: 'embedding' }])).toBeNull();
  });
});
