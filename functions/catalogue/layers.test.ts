import { expect, test } from '@jest/globals';
import fc from '../../test/support/fast-check.ts';
import { changedEntries, entryIn, layeredEntry, withEntries, withEntry, withoutEntry } from './catalogue-entries.ts';
import { type CatalogueFile, parseCatalogueFile } from './catalogue-file.ts';
import { type Layers, layCatalogue } from './layers.ts';

const ids = ['a/one', 'a/two', '__proto__', 'constructor'] as const;
const acme = { format: 'chat', base_url: 'https://acme.test', auth: { type: 'none' } };
const entry = (input: number, context: number) => ({
  context_length: context,
  max_output_tokens: 10,
  endpoints: [{ provider: 'acme', model: 'm', price: { input: String(input), output: '1' } }],
});
/** What a layer says of a model: nothing, that it is gone, all of it, or one field. */
const said = fc.oneof(
  fc.constant(undefined),
  fc.constant(null),
  fc.record({ input: fc.integer({ min: 1, max: 9 }), context: fc.integer({ min: 100, max: 999 }) }),
);
const layer = fc.array(said, { minLength: 2, maxLength: 2 }).map((of) =>
  parseCatalogueFile({
    models: Object.fromEntries(
      of.flatMap((one, at) =>
        one === undefined ? [] : [[ids[at], one === null ? null : entry(one.input, one.context)]],
      ),
    ),
  }),
);
const base = parseCatalogueFile({ providers: { acme } });

test('of layers the highest that names a model says what it is, and null that it is not served', () => {
  fc.assert(
    fc.property(layer, layer, layer, (builtin, file, api) => {
      const layers: Layers = { builtin: [base, builtin], file, api: { version: 1, file: api } };
      const catalogue = layCatalogue(layers, { vars: {}, at: 0 });
      for (const id of ['a/one', 'a/two']) {
        const highest = [api, file, builtin].map((one) => entryIn(one, 'models', id)).find((one) => one !== undefined);
        const model = catalogue.models.get(id);
        expect(model === undefined).toBe(highest === undefined || highest === null);
        if (highest === undefined) expect(layeredEntry(layers, 'models', id)).toBeNull();
        else expect(layeredEntry(layers, 'models', id)?.effective ?? null).toEqual(highest);
        if (model === undefined || highest == null || !('endpoints' in highest)) continue;
        const price = highest.endpoints?.[0]?.price as { input: string };
        expect(model.endpoints[0]?.price.input).toBe(BigInt(price.input) * 1_000_000n);
      }
    }),
  );
});

test('one field of a layer leaves the others of the layer below', () => {
  const api = parseCatalogueFile({ models: { 'a/one': { context_length: 500 } } });
  const builtin = [base, parseCatalogueFile({ models: { 'a/one': entry(3, 100) } })];
  const model = layCatalogue({ builtin, file: {}, api: { version: 1, file: api } }, { vars: {}, at: 0 }).find('a/one');
  expect([model?.contextLength, model?.endpoints[0]?.price.input]).toEqual([500, 3_000_000n]);
});

test('a slip is one in the operator’s file and over the API', () => {
  const slip = parseCatalogueFile({ models: { 'a/one': entry(99_999, 100) } });
  const layers = { builtin: [base], file: {}, api: { version: 1, file: {} } };
  for (const some of [{ file: slip }, { api: { version: 1, file: slip } }]) {
    expect(() => layCatalogue({ ...layers, ...some }, { vars: {}, at: 0 })).toThrow('put "confirm": true');
  }
});

test('all mistakes of all layers are told at once, slips among them', () => {
  const slip = parseCatalogueFile({ models: { 'a/one': entry(99_999, 100) } });
  const wrong = parseCatalogueFile({ models: { 'a/two': { context_length: 1 } } });
  expect(() =>
    layCatalogue({ builtin: [base], file: slip, api: { version: 1, file: wrong } }, { vars: {}, at: 0 }),
  ).toThrow(
    expect.objectContaining({
      details: {
        mistakes: [
          { path: 'models["a/two"].endpoints', message: 'is required' },
          expect.objectContaining({ path: 'models["a/one"].endpoints[0].price.input' }),
        ],
      },
    }),
  );
});

test('what is put is there, what is taken away is not, and nothing else is another', () => {
  const some = fc.constantFrom(...ids);
  fc.assert(
    fc.property(fc.array(fc.tuple(some, fc.boolean()), { maxLength: 8 }), some, (acts, id) => {
      const file = acts.reduce<CatalogueFile>(
        (so, [name, put]) =>
          put ? withEntry(so, 'models', name, { name: `is ${name}` }) : withoutEntry(so, 'models', name),
        {},
      );
      expect(entryIn(withEntry(file, 'models', id, null), 'models', id)).toBeNull();
      expect(entryIn(withoutEntry(file, 'models', id), 'models', id)).toBeUndefined();
      for (const changed of [withEntry(file, 'models', id, null), withoutEntry(file, 'models', id)]) {
        expect(changedEntries(file, changed).filter((each) => each.id !== id)).toEqual([]);
      }
    }),
  );
});

test('many entries are put as one after another would be, and each of them is read once', () => {
  const many = 2_000;
  let reads = 0;
  const get = (target: object, name: string) => {
    reads += 1;
    return Reflect.get(target, name);
  };
  const named = Object.fromEntries(Array.from({ length: many }, (_, at) => [`a/${at}`, { name: `is ${at}` }]));
  const file = withEntry({}, 'models', 'a/0', { name: 'was' });
  const changed = withEntries(file, { models: new Proxy(named, { get } as ProxyHandler<typeof named>) });
  expect(changed).toEqual({ models: named });
  expect(reads).toBe(many);
});
