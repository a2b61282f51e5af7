import { beforeEach, describe, expect, test } from '@jest/globals';
import { hashKey, KEYS } from '../../core/keys.ts';
import { OWNERS } from '../../core/ledger/owners.ts';
import { documentId } from '../../core/store/document-id.ts';
import type { Document, Documents, Fields } from '../../core/store/documents.ts';
import { createKeyCache, type KeyCache, MAX_UNHEARD_AGE_MS } from './key-cache.ts';

const KEY = 'rsk_one';
const OTHER = 'rsk_two';

let stored: Map<string, Record<string, unknown>>;
/** Reads of keys, each by the hash. */
let reads: string[];
/** Runs while a key is being read. */
let meanwhile: () => void;
let hearing: boolean;
let time: number;
let tell: (change: Fields) => void;
let miss: () => void;
let keys: KeyCache;

beforeEach(() => {
  stored = new Map<string, Record<string, unknown>>([
    [`${KEYS}/${hashKey(KEY)}`, { key_id: 'key_a', owner_id: 'own_a', status: 'active' }],
    [`${KEYS}/${hashKey(OTHER)}`, { key_id: 'key_b', owner_id: 'own_b', status: 'active' }],
    [`${OWNERS}/${documentId('own_a')}`, { owner_id: 'own_a', currency: 'INR' }],
    [`${OWNERS}/${documentId('own_b')}`, { owner_id: 'own_b', currency: 'USD' }],
  ]);
  reads = [];
  meanwhile = () => {};
  hearing = true;
  time = 0;
  const documents = {
    async get(collection: string, id: string) {
      const data = stored.get(`${collection}/${id}`);
      if (collection === KEYS) reads.push(id);
      else meanwhile();
      return data === undefined ? null : ({ id, version: '1', data } as Document);
    },
  } as unknown as Documents;
  keys = createKeyCache(
    documents,
    { monotonic: () => time, now: () => time },
    {
      hearing: () => hearing,
      subscribe: (onChange, onMissed) => {
        tell = onChange;
        miss = onMissed;
      },
      recall: async () => {},
      close() {},
    },
  );
});

const suspend = () =>
  stored.set(`${KEYS}/${hashKey(KEY)}`, { key_id: 'key_a', owner_id: 'own_a', status: 'suspended' });

describe('a key', () => {
  test('is read once', async () => {
    expect(await keys.find(KEY)).toMatchObject({ id: 'key_a', active: true, currency: 'INR' });
    expect(await keys.find(KEY)).toMatchObject({ id: 'key_a' });
    expect(reads).toHaveLength(1);
  });

  test('is read again after news of it, and no other key is', async () => {
    await keys.find(KEY);
    await keys.find(OTHER);
    suspend();
    tell({ act: 'key.update', key_hash: hashKey(KEY) });
    expect(await keys.find(KEY)).toMatchObject({ active: false });
    await keys.find(OTHER);
    expect(reads).toEqual([KEY, OTHER, KEY].map(hashKey));
  });

  test('is read again after news of its owner', async () => {
    await keys.find(KEY);
    await keys.find(OTHER);
    tell({ act: 'owner.update', owner_id: 'own_a' });
    await keys.find(KEY);
    await keys.find(OTHER);
    expect(reads).toEqual([KEY, OTHER, KEY].map(hashKey));
  });

  test('is not kept where news came while it was read: what was read may be old', async () => {
    meanwhile = () => {
      suspend();
      tell({ act: 'key.update', key_hash: hashKey(KEY) });
      meanwhile = () => {};
    };
    expect(await keys.find(KEY)).toMatchObject({ active: true });
    expect(await keys.find(KEY)).toMatchObject({ active: false });
  });

  test('is read again where news may have been missed', async () => {
    await keys.find(KEY);
    miss();
    await keys.find(KEY);
    expect(reads).toHaveLength(2);
  });

  test('is kept for so long and no longer while nothing can be heard', async () => {
    await keys.find(KEY);
    hearing = false;
    time = MAX_UNHEARD_AGE_MS - 1;
    await keys.find(KEY);
    expect(reads).toHaveLength(1);
    time = MAX_UNHEARD_AGE_MS;
    await keys.find(KEY);
    expect(reads).toHaveLength(2);
  });

  test('that is not there is not remembered', async () => {
    expect(await keys.find('rsk_none')).toBeNull();
    expect(await keys.find('rsk_none')).toBeNull();
    expect(reads).toHaveLength(2);
  });
});

test.each([
  ['a limit', KEYS, { rpm_limit: 'many' }],
  ['the models', KEYS, { allowed_models: 'acme/large' }],
  ['the regions', KEYS, { allowed_regions: 'eu' }],
  ['a limit of the owner', OWNERS, { tpm_limit: 'many' }],
  ['the regions of the owner', OWNERS, { allowed_regions: 7n }],
])('damage of %s lets nobody in who was kept out before', async (_what, collection, damage) => {
  const [id, data] =
    collection === KEYS
      ? [hashKey(KEY), { key_id: 'key_a', owner_id: 'own_a', status: 'active' }]
      : [documentId('own_a'), { owner_id: 'own_a', currency: 'INR' }];
  stored.set(`${collection}/${id}`, { ...data, ...damage });
  await expect(keys.find(KEY)).rejects.toThrow(TypeError);
  expect(await keys.find(OTHER)).toMatchObject({ id: 'key_b' });
});
