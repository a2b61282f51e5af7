import { expect, test } from '@jest/globals';
import { parseCatalogueFile } from '../../../catalogue/catalogue-file.ts';
import { buildCatalogue } from '../../../catalogue/load-catalogue.ts';
import { noSums, type Rollup } from '../../../core/ledger/rollups.ts';
import { addUpPlaces, effectOn } from './usage-effect.ts';

const provider = { format: 'chat', base_url: 'https://acme.test', auth: { type: 'none' } };
/** A catalogue of one model, by what each provider takes for its input. */
const catalogue = (inputs: Record<string, string>, more: object = {}) =>
  buildCatalogue([
    parseCatalogueFile({
      providers: Object.fromEntries(Object.keys(inputs).map((name) => [name, provider])),
      models: {
        'a/b':
          Object.keys(inputs).length === 0
            ? null
            : {
                context_length: 1_000,
                max_output_tokens: 100,
                endpoints: Object.entries(inputs).map(([name, input]) => ({
                  provider: name,
                  model: 'b',
                  price: { input, output: '10', cache_read: '0.5', ...more },
                })),
              },
      },
    }),
  ]);

const rollup = (of: string, requests: bigint): Rollup => ({
  ...noSums,
  ownerId: 'o',
  keyId: 'k',
  model: 'a/b',
  provider: of,
  currency: 'USD',
  grain: 'hour',
  period: '2026-11-28T10',
  requests,
  input_tokens: requests * 1_000n,
  cache_read_tokens: requests * 400n,
  output_tokens: requests * 100n,
  cost_pico_usd: requests * 7n,
});
async function* given(...rollups: Rollup[]) {
  yield* rollups;
}

test('usage is priced at the prices of both, tokens of the cache among it', async () => {
  const places = await addUpPlaces(given(rollup('acme', 2n), rollup('acme', 1n)));
  const effect = effectOn(places, catalogue({ acme: '2' }), catalogue({ acme: '3' }));
  // For each request 600 plain tokens, 400 of the cache at half a dollar a million, and 100 out at ten.
  expect(effect).toEqual({
    requests: 3,
    rows: [
      {
        model: 'a/b',
        provider: 'acme',
        requests: 3,
        charged_usd: '0.000000000021',
        now_usd: '0.0072',
        then_provider: 'acme',
        then_usd: '0.009',
      },
    ],
    moved_requests: 0,
    refused_requests: 0,
    now_usd: '0.0072',
    then_usd: '0.009',
  });
});

test('what its provider serves no more goes to the cheapest that is left, or to nobody', async () => {
  const places = await addUpPlaces(given(rollup('acme', 2n)));
  const now = catalogue({ acme: '2', bolt: '9', core: '4' });
  const moved = effectOn(places, now, catalogue({ bolt: '9', core: '4' }));
  expect(moved).toMatchObject({ moved_requests: 2, refused_requests: 0, rows: [{ then_provider: 'core' }] });
  const refused = effectOn(places, now, catalogue({}));
  expect(refused).toMatchObject({
    moved_requests: 0,
    refused_requests: 2,
    rows: [{ then_provider: null, then_usd: null }],
  });
  expect([refused.now_usd, refused.then_usd]).toEqual(['0', '0']);
});

test('the price of the request counts for each, and that of long inputs for none: their lengths are not kept', async () => {
  const tiers = [{ above_input_tokens: 1, input: '900', output: '900' }];
  const places = await addUpPlaces(given(rollup('acme', 2n)));
  const { rows } = effectOn(places, catalogue({ acme: '2' }), catalogue({ acme: '2' }, { request: '1000000', tiers }));
  expect([rows[0]?.now_usd, rows[0]?.then_usd]).toEqual(['0.0048', '2.0048']);
});

test('where nothing is another there is no row', async () => {
  const places = await addUpPlaces(given(rollup('acme', 1n)));
  expect(effectOn(places, catalogue({ acme: '2' }), catalogue({ acme: '2' })).rows).toEqual([]);
});
