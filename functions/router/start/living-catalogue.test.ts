import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type MemoryLog, memoryLog } from '../../../test/support/memory-log.ts';
import { layerWrites } from '../../catalogue/api-layer.ts';
import { parseCatalogueFile } from '../../catalogue/catalogue-file.ts';
import { CATALOGUE_LAYERS } from '../../core/catalogue-collections.ts';
import type { Documents } from '../../core/store/documents.ts';
import { openSqliteDocuments } from '../../platform/documents/sqlite-documents.ts';
import { openLivingCatalogue, type RunningCatalogue } from './living-catalogue.ts';

const price = { input: '3', output: '15' };
const models = (input: string, id = 'acme/large') => ({
  models: {
    [id]: {
      context_length: 1_000,
      max_output_tokens: 100,
      endpoints: [{ provider: 'acme', model: 'm', price: { ...price, input } }],
    },
  },
});
const acme = { format: 'chat', base_url: 'https://acme.test/v1', auth: { type: 'none' } };
const builtin = [parseCatalogueFile({ providers: { acme }, ...models('1') })];

let folder: string;
let path: string;
let documents: Documents;
let log: MemoryLog;
let secretsAreThere: boolean;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mesh-'));
  path = join(folder, 'catalogue.json');
  documents = await openSqliteDocuments(':memory:');
  log = memoryLog();
  secretsAreThere = true;
});
afterEach(async () => {
  await documents.close();
  await rm(folder, { recursive: true });
});

const write = (file: unknown) => writeFile(path, typeof file === 'string' ? file : JSON.stringify(file));
const open = (at: string | null = path) =>
  openLivingCatalogue({
    source: { builtin, path: at, vars: {} },
    documents,
    secrets: {
      async get() {
        if (!secretsAreThere) throw new Error('unreachable');
        return { value: 'sk', version: '1' };
      },
    },
    googleDefault: false,
    now: () => 0,
    log,
  });
/** What `acme/large` costs, dollars for a million tokens; null where it is not served. */
const costOf = (catalogue: RunningCatalogue, id = 'acme/large') => {
  const input = catalogue.current().models.get(id)?.endpoints[0]?.price.input;
  return input === undefined ? null : Number(input) / 1e6;
};
const codes = () => log.lines.map(({ fields }) => fields.code);

async function putApi(version: number, file: unknown): Promise<void> {
  for (const write of layerWrites({ version, file: {} }, {})) {
    if (write.kind !== 'set') continue;
    const data = write.collection === CATALOGUE_LAYERS ? { layer: JSON.stringify(file) } : write.data;
    await documents.commit([{ ...write, data, expect: 'any' }]);
  }
}

test('the operator’s file lies on what is built in, the API’s layer on both', async () => {
  expect(costOf(await open(null))).toBe(1);
  await write(models('2'));
  expect(costOf(await open())).toBe(2);
  await putApi(1, models('3'));
  expect(costOf(await open())).toBe(3);
});

test('a file that is written while the router runs is served at the next look', async () => {
  await write(models('2'));
  const catalogue = await open();
  await write(models('4'));
  expect(costOf(catalogue)).toBe(2);
  await catalogue.tick();
  expect(costOf(catalogue)).toBe(4);
  expect(codes()).toEqual(['catalogue_changed']);
});

test.each<[string, unknown, string]>([
  ['is no JSON', '{"models": ', 'catalogue: the file is no JSON'],
  ['has a mistake', { models: { m: { quality: 101 } } }, 'models.m.quality: '],
  [
    'names nobody',
    { ...models('2', 'acme/x'), providers: { acme: { ...acme, base_url: 'x' } } },
    'providers.acme.base_url: ',
  ],
  ['has a slip', models('99999'), 'models["acme/large"].endpoints[0].price.input: '],
])('a file that %s is told once, and what was served stays', async (_name, file, reason) => {
  await write(models('2'));
  const catalogue = await open();
  await write(file);
  await catalogue.tick();
  await catalogue.tick();
  expect(costOf(catalogue)).toBe(2);
  expect(catalogue.invalid()).toEqual(['file']);
  expect(log.lines).toEqual([
    expect.objectContaining({
      level: 'error',
      fields: expect.objectContaining({
        code: 'catalogue_invalid',
        layer: 'file',
        reason: expect.stringContaining(reason),
      }),
    }),
  ]);
  await write(models('5'));
  await catalogue.tick();
  expect([costOf(catalogue), catalogue.invalid()]).toEqual([5, []]);
});

test('a file that is taken away is missed, and back as it was it is well', async () => {
  await write(models('2'));
  const catalogue = await open();
  await rm(path);
  await catalogue.tick();
  expect([costOf(catalogue), catalogue.invalid()]).toEqual([2, ['file']]);
  await write(models('2'));
  await catalogue.tick();
  expect(catalogue.invalid()).toEqual([]);
});

test('a file that is not valid stops the start, and says where', async () => {
  await write(models('99999'));
  await expect(open()).rejects.toThrow('put "confirm": true into the same price');
  await expect(open(join(folder, 'none.json'))).rejects.toThrow('the file cannot be read (ENOENT)');
});

test('a layer of the API that is damaged stops the start: an instance that knew half of its prices would charge others', async () => {
  await putApi(1, { models: { m: { quality: 101 } } });
  await expect(open()).rejects.toMatchObject({ code: 'invalid_request_error' });
});

test('a change of the API’s layer is served when it is read, and a restored one too', async () => {
  const catalogue = await open(null);
  await putApi(2, models('7'));
  await catalogue.refresh();
  expect([costOf(catalogue), catalogue.layers().api.version]).toEqual([7, 2]);
  await putApi(1, models('6'));
  await catalogue.refresh();
  expect([costOf(catalogue), catalogue.layers().api.version]).toEqual([6, 1]);
});

test('what is not valid beside another layer is served when that has changed', async () => {
  const bolt = { providers: { bolt: acme }, models: {} };
  const onBolt = { models: { 'acme/large': { endpoints: [{ provider: 'bolt', model: 'm', price }] } } };
  await write({});
  const catalogue = await open();
  await putApi(1, onBolt);
  await catalogue.refresh();
  expect([costOf(catalogue), catalogue.invalid()]).toEqual([1, ['api']]);
  await write(bolt);
  await catalogue.tick();
  await catalogue.tick();
  expect([costOf(catalogue), catalogue.invalid()]).toEqual([3, []]);
});

test('a change that comes while nobody can say which credentials are there waits for that', async () => {
  const keyed = { ...acme, auth: { type: 'bearer', secret: 'k' } };
  await write({});
  const catalogue = await open();
  secretsAreThere = false;
  await write({ providers: { acme: keyed }, ...models('8') });
  await expect(catalogue.tick()).rejects.toThrow('unreachable');
  expect([costOf(catalogue), catalogue.invalid()]).toEqual([1, []]);
  secretsAreThere = true;
  await catalogue.tick();
  expect(costOf(catalogue)).toBe(8);
});

test('a change of the API’s layer that could not be read is read by the next look', async () => {
  const catalogue = await open(null);
  await putApi(1, models('9'));
  const { get } = documents;
  documents.get = async () => {
    throw new Error('away');
  };
  await expect(catalogue.refresh()).rejects.toThrow('away');
  documents.get = get;
  await catalogue.tick();
  expect(costOf(catalogue)).toBe(9);
});
