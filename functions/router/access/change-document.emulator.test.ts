import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectEmulator } from '../../../test/support/connect-emulator.ts';
import { describeEmulated } from '../../../test/support/describe-emulated.ts';
import { CHANGES } from '../../core/changes.ts';
import type { Documents, Fields } from '../../core/store/documents.ts';
import { changeDocument } from './change-document.ts';

const AT_ONCE = 20;
/** Each waits for the locks of the others. */
const LIMIT_MS = 120_000;

describeEmulated('on Firestore', () => {
  const instances: Documents[] = [];
  beforeAll(() => {
    for (let n = 0; n < 3; n++) instances.push(connectEmulator('demo-mesh'));
  });
  afterAll(() => Promise.all(instances.map((documents) => documents.close())));

  test(
    'twenty changes of one document at once, by three instances, all succeed, and a suspension stays',
    async () => {
      const collection = `things-${randomUUID()}`;
      const [documents] = instances as [Documents];
      await documents.commit([{ kind: 'set', collection, id: 'a', data: { status: 'active' }, expect: 'absent' }]);
      const change = (n: number, fields: Fields, isUrgent = false) => {
        const record = { kind: 'set', collection: CHANGES, id: randomUUID(), data: {}, expect: 'absent' } as const;
        const instance = instances[n % instances.length] as Documents;
        return changeDocument({ documents: instance }, { collection, id: 'a', record, isUrgent, decide: () => fields });
      };
      const changes = Array.from({ length: AT_ONCE }, (_, n) => change(n, { [`field_${n}`]: BigInt(n) }));
      await Promise.all([...changes, change(0, { status: 'suspended' }, true)]);
      const expected = Object.fromEntries(Array.from({ length: AT_ONCE }, (_, n) => [`field_${n}`, BigInt(n)]));
      expect((await documents.get(collection, 'a'))?.data).toEqual({ status: 'suspended', ...expected });
    },
    LIMIT_MS,
  );
});
