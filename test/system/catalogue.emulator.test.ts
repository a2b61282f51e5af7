import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { KEY_BYTES, makeKey } from '../../functions/core/keys.ts';
import { measureHeard } from '../support/catalogue-heard.ts';
import { describeEmulated } from '../support/describe-emulated.ts';

/** How long a change may take to be served by every instance. Milliseconds. */
const HEARD_WITHIN_MS = 2_000;
const CHANGES = 5;

describeEmulated('a change of the catalogue on Firestore', () => {
  test('is served by every other instance within two seconds', async () => {
    const own = () => randomBytes(32).toString('base64');
    const env = {
      MESH_STORE: 'firestore',
      GOOGLE_CLOUD_PROJECT: 'demo-mesh',
      MESH_SEAL_KEY: own(),
      MESH_USER_KEY: own(),
    };
    const took = await measureHeard(env, makeKey('mak', randomBytes(KEY_BYTES)), CHANGES);
    expect(Math.max(...took)).toBeLessThan(HEARD_WITHIN_MS);
  }, 180_000);
});
