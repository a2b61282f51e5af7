import { describe, expect, test } from '@jest/globals';
import { makeEndpoint, somePrice } from '../../../test/support/make-endpoint.ts';
import { noPreferences } from '../../../test/support/no-preferences.ts';
import type { Model } from '../../catalogue/catalogue.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { Exclusion } from '../../core/routing/selection.ts';
import { nothingLeft, ofKind, suitableModels } from './choose.ts';
import type { RequestNeeds } from './operation.ts';

const model = { contextLength: 1000, maxOutputTokens: 100 } as Model;
const needs = {
  capabilities: new Set(['vision', 'image_url']),
  params: { input: 'messages', output: 'max_tokens' },
  input: { estimatedTokens: 1_200 },
} as unknown as RequestNeeds;

function refusal(...reasons: (Exclusion | [Exclusion, Partial<Endpoint>])[]) {
  const excluded = reasons.map((each) => {
    const [reason, endpoint] = Array.isArray(each) ? each : [each, {}];
    return { endpoint: makeEndpoint(endpoint), reason };
  });
  return nothingLeft(model, { candidates: [], excluded }, needs);
}

test.each<Exclusion>(['provider', 'region', 'data_collection', 'max_price'])(
  'a request that %s keeps from every endpoint is not said to pass later',
  (reason) => {
    expect(refusal(reason)).toMatchObject({ code: 'invalid_request_error', details: { excluded: [reason] } });
  },
);

test('a model that has no endpoint now may have one later', () => {
  expect(refusal()).toMatchObject({ code: 'provider_not_available' });
});

test('an input that is too long for all that may serve it is said so in the words that clients look for', () => {
  const error = refusal(
    'region',
    ['context_length', { contextLength: 500 }],
    ['context_length', { contextLength: 800 }],
  );
  expect(error).toMatchObject({
    code: 'context_length_exceeded',
    param: 'messages',
    details: { input_tokens: 1_200, max_tokens: 800 },
  });
  expect(error.message).toMatch(/^This model's maximum context length is 800 tokens\./);
});

test('only what is missing is named, with what helps', () => {
  const sees = new Set(['vision'] as const);
  const error = refusal(['capability', { capabilities: sees }]);
  expect(error).toMatchObject({ code: 'model_capability_not_supported', details: { missing: ['image_url'] } });
  expect(error.message).toMatch(/needs: image_url\. Send the image as a data: URL\.$/);
  expect(refusal(['capability', { capabilities: new Set() }]).message).toMatch(/needs: vision, image_url\.$/);
});

test('where each endpoint can do a part, all that is needed is named', () => {
  const error = refusal(
    ['capability', { capabilities: new Set(['vision']) }],
    ['capability', { capabilities: new Set(['image_url']) }],
  );
  expect(error).toMatchObject({ details: { missing: ['vision', 'image_url'] } });
});

test('who may use no model finds none, now and later', () => {
  const auto = { ...needs, profile: 'balanced', signals: () => ({ difficulty: 0 }) } as unknown as RequestNeeds;
  expect(() => suitableModels(auto, [])).toThrow(expect.objectContaining({ code: 'model_not_found', param: 'model' }));
});

describe('a request that leaves the model to the router', () => {
  const quality = { general: 50, code: 50, reasoning: 50, multilingual: 50 };
  const modelOf = (...endpoints: Endpoint[]) =>
    ({ id: endpoints[0]?.modelId, contextLength: 1_000, quality, endpoints }) as unknown as Model;
  const shares = { code: 0, reasoning: 0, multilingual: 0 };
  const auto = {
    ...needs,
    capabilities: new Set(),
    input: { textBytes: 1_000, estimatedTokens: 1_000, pieces: 1, images: 0, opaque: false },
    maxOutputTokens: 1_000_000,
    choices: 1,
    allowedRegions: null,
    preferences: noPreferences,
    profile: 'balanced',
    signals: () => ({ difficulty: 0, shares, inputTokens: 1_000, outputTokens: 10 }),
  } as unknown as RequestNeeds;

  test('has each endpoint looked at a few times, however many models there are, for a limit that none reaches', () => {
    const models = 100;
    let looks = 0;
    const one = (_: unknown, n: number) => {
      const endpoint = makeEndpoint({ id: `acme/${n}`, modelId: `acme/${n}` });
      return modelOf(Object.defineProperty(endpoint, 'maxOutputTokens', { get: () => ++looks && 100 }));
    };
    expect(suitableModels(auto, Array.from({ length: models }, one)).ranked).toHaveLength(models);
    // For each model all endpoints were looked at: more than ten thousand times.
    expect(looks).toBeLessThan(20 * models);
  });

  test('goes by what the best endpoint of a model costs, wherever it stands', () => {
    const dear = makeEndpoint({ id: 'acme/dear', price: { ...somePrice, input: 10n * somePrice.input } });
    const cheap = makeEndpoint({ id: 'acme/cheap' });
    const costOf = (...endpoints: Endpoint[]) => suitableModels(auto, [modelOf(...endpoints)]).ranked[0]?.figures.cost;
    expect(costOf(dear, cheap)).toBe(costOf(cheap));
    expect(costOf(cheap, dear)).toBe(costOf(cheap));
    expect(costOf(dear)).not.toBe(costOf(cheap));
  });
});

test('a model does its own kind of work alone, and says where it does it', () => {
  const vectors = { id: 'acme/vectors', type: 'embedding' } as Model;
  const chats = { id: 'acme/large', type: 'chat' } as Model;
  expect([ofKind(vectors, 'embedding'), ofKind(chats, 'chat')]).toEqual([vectors, chats]);
  const refused = (message: RegExp) =>
    expect.objectContaining({
      code: 'model_capability_not_supported',
      param: 'model',
      message: expect.stringMatching(message),
    });
  expect(() => ofKind(vectors, 'chat')).toThrow(refused(/^acme\/vectors .*\/v1\/embeddings/));
  expect(() => ofKind(chats, 'embedding')).toThrow(refused(/^acme\/large .*\/v1\/chat\/completions/));
});
