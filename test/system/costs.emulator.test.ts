import { expect, test } from '@jest/globals';
import { readCounts } from '../../infra/costs/operation-counts.ts';
import { countRequests } from '../measure/count-requests.ts';
import { connectEmulator } from '../support/connect-emulator.ts';
import { describeEmulated } from '../support/describe-emulated.ts';

describeEmulated('on Firestore', () => {
  test('a quiet key’s requests do what the page of costs reckons with', async () => {
    const pace = { aSecond: 5, seconds: 1 };
    const documents = connectEmulator(`demo-mesh-costs-${Date.now()}`);
    const { operations } = await countRequests(documents, { busy: pace, hot: pace, commitMs: 0 });
    const { quiet, quiet_stream } = readCounts().operations;
    expect(operations).toMatchObject({ quiet, quiet_stream });
  }, 120_000);
});
