import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { checkLedger } from '../../functions/core/leases/check-ledger.ts';
import { createLedger } from '../../functions/core/ledger/ledger.ts';
import { newOwner, OWNERS } from '../../functions/core/ledger/owners.ts';
import { documentId } from '../../functions/core/store/document-id.ts';
import { connectEmulator } from '../../test/support/connect-emulator.ts';
import { describeEmulated } from '../../test/support/describe-emulated.ts';
import { planOf } from '../operate/plans.ts';
import { readSite } from '../operate/read-site.ts';
import { runPlan } from '../operate/run-plan.ts';
import { StrictCloud } from './strict-cloud.ts';

describeEmulated('a restore over Firestore', () => {
  test('that breaks off in the middle goes on, and ends with the documents and the books of the minute', async () => {
    const documents = connectEmulator('demo-mesh-restore');
    const cloud = new StrictCloud(documents);
    const now = Date.now();
    const ownerId = `own_${now}`;
    const data = newOwner(ownerId, 'USD', new Date(now), {});
    await documents.commit([{ kind: 'set', collection: OWNERS, id: documentId(ownerId), data, expect: 'absent' }]);
    const ledger = createLedger({ documents, now: () => now });
    await ledger.topup({ ownerId, amount: 5_000_000_000n, currency: 'USD', reference: 'then' });
    cloud.moment = await cloud.copyLive();
    await ledger.topup({ ownerId, amount: 2_000_000_000n, currency: 'USD', reference: 'later' });

    const values = readFileSync(new URL('../envs/prod.tfvars', import.meta.url), 'utf8');
    const site = await readSite(values, 'prod', new Date(now));
    const steps = planOf('restore', site, { said: { at: '2026-11-26T10:15:00Z' }, words: [], key: undefined });
    // Everything was deleted, and nothing is there yet.
    const deleted = steps.findIndex(({ command }) => command.includes('bulk-delete'));
    cloud.failing = {
      nth: steps.slice(0, deleted + 1).reduce((sum, { done }) => sum + (done ? 2 : 1), 0),
      when: 'after',
    };
    await expect(runPlan(steps, cloud)).rejects.toThrow('it goes on from here');
    expect(await documents.get(OWNERS, documentId(ownerId))).toBeNull();
    await runPlan(steps, cloud);
    expect((await documents.get(OWNERS, documentId(ownerId)))?.data.available).toBe(5_000_000_000n);
    expect((await checkLedger(documents)).faults).toEqual([]);
    await documents.close();
  }, 60_000);
});
