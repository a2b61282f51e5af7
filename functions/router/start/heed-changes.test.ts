import { beforeEach, expect, test } from '@jest/globals';
import { memoryLog } from '../../../test/support/memory-log.ts';
import { RECALL } from '../../core/changes.ts';
import type { Leases } from '../../core/leases/leases.ts';
import type { Fields } from '../../core/store/documents.ts';
import { createBackground } from '../../platform/background/background.ts';
import { silentMetrics } from '../../platform/telemetry/telemetry.ts';
import { heedChanges } from './heed-changes.ts';

let log: ReturnType<typeof memoryLog>;
let asked: unknown[][];
let giveBack: () => Promise<void>;
let change: (change: Fields) => void;

beforeEach(() => {
  log = memoryLog();
  asked = [];
  giveBack = async () => {};
  const leases = {
    drop: (which: unknown) => void asked.push(['drop', which]),
    giveBack(ownerId: string) {
      asked.push(['give back', ownerId]);
      return giveBack();
    },
  } as unknown as Leases;
  const changes = {
    subscribe(onChange: (change: Fields) => void) {
      change = onChange;
    },
  };
  heedChanges(changes, leases, createBackground({ log, metrics: silentMetrics, monotonic: () => 0 }));
});

test.each<[string, unknown[][]]>([
  [RECALL, [['give back', 'own_1']]],
  ['owner.update', [['drop', { ownerId: 'own_1' }]]],
  ['key.update', [['drop', { keyId: 'key_1' }]]],
  ['key.suspend', [['drop', { keyId: 'key_1' }]]],
  ['key.create', []],
])('after %s leases do what follows from it', (act, expected) => {
  change({ act, owner_id: 'own_1', key_id: 'key_1' });
  expect(asked).toEqual(expected);
});

test('money that cannot be given back is told of, with its owner, and the next change is heard', async () => {
  giveBack = () => Promise.reject(new RangeError('with a secret in it'));
  change({ act: RECALL, owner_id: 'own_1' });
  await new Promise(setImmediate);
  expect(log.lines.map(({ fields }) => [fields.code, fields.job, fields.error, fields.owner_id])).toEqual([
    ['background_failed', 'give_back', 'RangeError', 'own_1'],
  ]);
  change({ act: 'owner.update', owner_id: 'own_2' });
  expect(asked.at(-1)).toEqual(['drop', { ownerId: 'own_2' }]);
});
