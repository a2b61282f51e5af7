import { expect, test } from '@jest/globals';
import type { Model } from '../../catalogue/catalogue.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { Exclusion } from '../../core/routing/selection.ts';
import { nothingLeft } from './choose.ts';
import type { RequestNeeds } from './operation.ts';

const model = { contextLength: 1000, maxOutputTokens: 100 } as Model;
const needs = { params: { input: 'messages', output: 'max_tokens' } } as RequestNeeds;

function refusal(...reasons: Exclusion[]) {
  const excluded = reasons.map((reason) => ({ endpoint: {} as Endpoint, reason }));
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
