import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { NewerStore, STORE_VERSION } from '../../functions/core/store/store-version.ts';
import { STORE, VERSION } from '../../functions/platform/documents/firestore-version.ts';
import { connectEmulator } from '../support/connect-emulator.ts';
import { describeEmulated } from '../support/describe-emulated.ts';
import { expectBroughtOver, writesOfBefore } from '../support/store-of-before.ts';

const TIMEOUT_MS = 120_000;
const project = () => `demo-before-${randomBytes(4).toString('hex')}`;

describeEmulated('a Firestore database', () => {
  test.each([Number.POSITIVE_INFINITY, 0, 1, 3, 5, 8, 13])(
    'of before is brought over with nothing lost, also where it is stopped before write %s',
    async (stopBefore) => {
      const documents = connectEmulator(project());
      await documents.commit(writesOfBefore);
      await expectBroughtOver(documents, stopBefore);
      await documents.close();
    },
    TIMEOUT_MS,
  );

  test('of a newer version is refused in words, and nothing of it is touched', async () => {
    const name = project();
    const newer = connectEmulator(name);
    const schema = BigInt(STORE_VERSION + 1);
    await newer.commit([{ kind: 'set', collection: STORE, id: VERSION, data: { schema }, expect: 'any' }]);
    const ours = connectEmulator(name);
    await expect(ours.get('owners', 'a')).rejects.toThrow(NewerStore);
    const write = { kind: 'set', collection: 'owners', id: 'a', data: {}, expect: 'absent' } as const;
    await expect(ours.commit([write])).rejects.toThrow(`schema ${schema}; this one knows schema ${STORE_VERSION}`);
    expect(await newer.query({ collection: 'owners' })).toEqual([]);
    await Promise.all([newer.close(), ours.close()]);
  });
});
