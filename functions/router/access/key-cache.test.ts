import { beforeEach, describe, expect, test } from '@jest/globals';
import { hashKey, KEYS } from '../../core/keys.ts';
import { OWNERS } from '../../core/ledger/owners.ts';
import { documentId } from '../../core/store/document-id.ts';
import type { Document, Documents, Fields } from '../../core/store/documents.ts';
import { MAX_UNHEARD_AGE_MS } from './heard-memory.ts';
import { createKeyCache, type KeyCache, UNKNOWN_KEY_MS } from './key-cache.ts';
import { MAX_UNKNOWN_KEYS_A_MINUTE } from './stranger-limit.ts';

const KEY = 'rsk_one';
const OTHER = 'rsk_two';
const ADDRESS = '203.0.113.7';

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
    expect(await keys.find(KEY, ADDRESS)).toMatchObject({ id: 'key_a', active: true, currency: 'INR' });
    expect(await keys.find(KEY, ADDRESS)).toMatchObject({ id: 'key_a' });
    expect(reads).toHaveLength(1);
  });

  test('is read again after news of it, and no other key is', async () => {
    await keys.find(KEY, ADDRESS);
    await keys.find(OTHER, ADDRESS);
    suspend();
    tell({ act: 'key.update', key_hash: hashKey(KEY) });
    expect(await keys.find(KEY, ADDRESS)).toMatchObject({ active: false });
    await keys.find(OTHER, ADDRESS);
    expect(reads).toEqual([KEY, OTHER, KEY].map(hashKey));
  });

  test('is read again after news of its owner', async () => {
    await keys.find(KEY, ADDRESS);
    await keys.find(OTHER, ADDRESS);
    tell({ act: 'owner.update', owner_id: 'own_a' });
    await keys.find(KEY, ADDRESS);
    await keys.find(OTHER, ADDRESS);
    expect(reads).toEqual([KEY, OTHER, KEY].map(hashKey));
  });

  test('is not kept where news came while it was read: what was read may be old', async () => {
    meanwhile = () => {
      suspend();
      tell({ act: 'key.update', key_hash: hashKey(KEY) });
      meanwhile = () => {};
    };
    expect(await keys.find(KEY, ADDRESS)).toMatchObject({ active: true });
    expect(await keys.find(KEY, ADDRESS)).toMatchObject({ active: false });
  });

  test('is read again where news may have been missed', async () => {
    await keys.find(KEY, ADDRESS);
    miss();
    await keys.find(KEY, ADDRESS);
    expect(reads).toHaveLength(2);
  });

  test('is kept for so long and no longer while nothing can be heard', async () => {
    await keys.find(KEY, ADDRESS);
    hearing = false;
    time = MAX_UNHEARD_AGE_MS - 1;
    await keys.find(KEY, ADDRESS);
    expect(reads).toHaveLength(1);
    time = MAX_UNHEARD_AGE_MS;
    await keys.find(KEY, ADDRESS);
    expect(reads).toHaveLength(2);
  });

  test('that is not there is looked for again after some seconds, or when it is heard of', async () => {
    expect(await keys.find('rsk_none', ADDRESS)).toBeNull();
    expect(await keys.find('rsk_none', ADDRESS)).toBeNull();
    expect(reads).toHaveLength(1);
    time = UNKNOWN_KEY_MS;
    expect(await keys.find('rsk_none', ADDRESS)).toBeNull();
    expect(reads).toHaveLength(2);
    tell({ key_hash: hashKey('rsk_none') });
    expect(await keys.find('rsk_none', ADDRESS)).toBeNull();
    expect(reads).toHaveLength(3);
  });

  test('that is not there is not looked for without end by one address, which loses no key that is known', async () => {
    await keys.find(KEY, ADDRESS);
    for (let n = 0; n < MAX_UNKNOWN_KEYS_A_MINUTE; n++) await keys.find(`rsk_${n}`, ADDRESS);
    await expect(keys.find('rsk_none', ADDRESS)).rejects.toThrow(
      expect.objectContaining({ code: 'rate_limit_exceeded' }),
    );
    expect(reads).toHaveLength(MAX_UNKNOWN_KEYS_A_MINUTE + 1);
    expect(await keys.find(KEY, ADDRESS)).not.toBeNull();
    expect(await keys.find(OTHER, '203.0.113.8')).not.toBeNull();
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
  await expect(keys.find(KEY, ADDRESS)).rejects.toThrow(TypeError);
  expect(await keys.find(OTHER, ADDRESS)).toMatchObject({ id: 'key_b' });
});
