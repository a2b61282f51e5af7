import { expect, test } from '@jest/globals';
import type { EmbedRequest } from '../../../formats/embed/embed-request.ts';
import type { Key } from '../../access/key-cache.ts';
import { embedNeeds } from './embed-needs.ts';

const key = {
  allowedRegions: ['asia-south1'],
  routing: { models: ['acme/other'], weight_profile: 'cost_first', provider: { ignore: ['slow'] } },
} as unknown as Key;
const request: EmbedRequest = {
  inputs: [{ text: 'a', ids: null, mostTokens: 1 }],
  measure: { textBytes: 1, estimatedTokens: 1, pieces: 1, images: 0, opaque: false },
  dimensions: null,
  task: null,
  user: null,
};
const routing = { model: 'acme/vectors', param: 'input' };

test('of a key’s policy its providers, weights and regions count, and never its fallback models', () => {
  expect(embedNeeds(request, routing, key)).toMatchObject({
    kind: 'embedding',
    model: 'acme/vectors',
    fallbackModels: [],
    profile: 'cost_first',
    allowedRegions: ['asia-south1'],
    preferences: { ignore: ['slow'] },
    maxOutputTokens: 0,
  });
  expect(embedNeeds(request, { ...routing, profile: 'balanced' }, key).profile).toBe('balanced');
});

test('what an endpoint has to be able to do is read off the request', () => {
  const needed = (changes: Partial<EmbedRequest>) => [
    ...embedNeeds({ ...request, ...changes }, routing, key).capabilities,
  ];
  expect(needed({})).toEqual([]);
  expect(needed({ dimensions: 256 })).toEqual(['dimensions']);
  expect(needed({ inputs: [...request.inputs, { text: 'b', ids: [1], mostTokens: 1 }] })).toEqual(['token_ids']);
});
