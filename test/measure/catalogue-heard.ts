import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KEY_BYTES, makeKey } from '../../functions/core/keys.ts';
import { measureHeard } from '../support/catalogue-heard.ts';

/**
 * How long a change of the catalogue takes to be served by three routers, on SQLite and, where there is one, on the Firestore emulator.
 *
 *     node emulators/exec.ts --optional -- node test/measure/catalogue-heard.ts
 */
const CHANGES = 20;

const folder = await mkdtemp(join(tmpdir(), 'mesh-heard-'));
const { FIRESTORE_EMULATOR_HOST: emulator } = process.env;
const stores = {
  sqlite: { MESH_STORE: `sqlite:${join(folder, 'mesh.db')}` },
  ...(emulator === undefined
    ? {}
    : {
        firestore: {
          MESH_STORE: 'firestore',
          GOOGLE_CLOUD_PROJECT: `demo-heard-${process.pid}`,
          MESH_SEAL_KEY: randomBytes(32).toString('base64'),
          MESH_USER_KEY: randomBytes(32).toString('base64'),
        },
      }),
};
for (const [name, env] of Object.entries(stores)) {
  const took = await measureHeard({ MESH_LOG: 'info', ...env }, makeKey('mak', randomBytes(KEY_BYTES)), CHANGES);
  const sorted = took.toSorted((a, b) => a - b).map(Math.round);
  console.log(`${name}: median ${sorted[CHANGES / 2]} ms, longest ${sorted.at(-1)} ms of ${CHANGES}`);
}
await rm(folder, { recursive: true });
