import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KEY_BYTES, makeKey } from '../../functions/core/keys.ts';
import { checkLedger } from '../../functions/core/leases/check-ledger.ts';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { chatFrames, works } from '../support/answers.ts';
import { countRunning } from '../support/count-running.ts';
import { type ClientAccount, connectMesh, type MeshClient } from '../support/mesh-client.ts';
import { type MeshProcess, spawnMesh } from '../support/mesh-process.ts';
import { type ScriptedUpstream, type Step, startScriptedUpstream, stream } from '../support/scripted-upstream.ts';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';

/** A router whose store stands on a disk that is really full, and has room again. */
const DISK_MEGABYTES = 16;
/** What /readyz may take to say so, and the way to open again. Milliseconds. */
const NOTICED_MS = 2_000;
const LOOK_MS = 50;

const disk = mountSmallDisk(DISK_MEGABYTES);
if (disk === null) process.stderr.write('SKIPPED: no disk could be mounted that can be full\n');
const describeOnDisk = disk === null ? describe.skip : describe;

describeOnDisk('a full disk', () => {
  const { path: folder, fill, empty, close } = disk as SmallDisk;
  const file = join(folder, 'mesh.db');
  const adminKey = makeKey('mak', randomBytes(KEY_BYTES));
  let upstream: ScriptedUpstream;
  let mesh: MeshProcess;
  let client: MeshClient;
  let account: ClientAccount;
  let finish = () => {};

  beforeAll(async () => {
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    upstream = await startScriptedUpstream((request): Iterable<Step> => {
      if (!request.body.includes('slowly')) return works(request);
      const [head, ...pieces] = stream(chatFrames) as [Step, ...Step[]];
      return [head, ...pieces.slice(0, 2), { do: 'until', promise: finished }, ...pieces.slice(2)];
    });
    const endpoint = { provider: 'acme', model: 'm', price: { input: '3', output: '15' } };
    const catalogue = {
      providers: { acme: { format: 'chat', base_url: upstream.url, auth: { type: 'none' } } },
      models: { 'acme/m': { context_length: 8_000, max_output_tokens: 100, endpoints: [endpoint] } },
    };
    writeFileSync(join(folder, 'catalogue.json'), JSON.stringify(catalogue));
    mesh = await spawnMesh({
      MESH_STORE: `sqlite:${file}`,
      MESH_CATALOGUE: join(folder, 'catalogue.json'),
      MESH_ADMIN_KEY: adminKey,
    });
    client = connectMesh(mesh.url, adminKey);
    account = await client.openAccount();
  }, 90_000);

  afterAll(async () => {
    await mesh?.kill('SIGKILL');
    await upstream?.close();
    close();
  }, 30_000);

  const ask = (content: string, streams = false) =>
    client.call('POST', '/v1/chat/completions', account.key, {
      model: 'acme/m',
      stream: streams,
      messages: [{ role: 'user', content }],
    });
  const ready = async () => (await client.call('GET', '/readyz', adminKey)) as { status: number; text: string };

  /** Also SQLite's log has no room any more: what it has already is written over and over. */
  async function fillUp(): Promise<void> {
    const documents = await openSqliteDocuments(file);
    fill();
    for (const characters of [200_000, 20_000, 2_000, 100]) {
      for (let n = 0; await isTaken('x'.repeat(characters), `${characters}.${n}`); n++);
    }
    await documents.close();

    async function isTaken(text: string, id: string): Promise<boolean> {
      try {
        await documents.commit([{ kind: 'set', collection: 'filling', id, data: { text }, expect: 'any' }]);
        return true;
      } catch (error) {
        // SQLite's own errors are not of the world that tests run in: only their words tell.
        if (String(error).includes('full')) return false;
        throw error;
      }
    }
  }

  /** Until something holds; how long that took. */
  async function until(holds: () => Promise<boolean>): Promise<number> {
    const startedAt = performance.now();
    while (!(await holds())) {
      if (performance.now() - startedAt > NOTICED_MS * 10) throw new Error('It did not come.');
      await pause(LOOK_MS);
    }
    return performance.now() - startedAt;
  }

  test('is said within two seconds, buys nothing, and is over two seconds after there is room; running answers are charged then', async () => {
    expect((await ask('Hello')).status).toBe(200);
    const running = ask('slowly', true);
    await upstream.until(({ requests }) => requests.length === 2);
    const documents = await openSqliteDocuments(file);
    await until(async () => (await countRunning(documents)) === 1);
    await fillUp();

    expect(await until(async () => (await ready()).status === 503)).toBeLessThan(NOTICED_MS);
    expect(JSON.parse((await ready()).text)).toMatchObject({ status: 'unavailable', store: 'full', place: file });
    const asked = upstream.requests.length;
    const refused = await Promise.all([ask('Hello'), ask('Hello', true), ask('Hello'), ask('Hello', true)]);
    expect(refused.map(({ status }) => status)).toEqual([503, 503, 503, 503]);
    expect(refused.every(({ headers }) => Number(headers.get('retry-after')) > 0)).toBe(true);
    expect(upstream.requests.length).toBe(asked);

    // The answer that was running comes to its end meanwhile.
    finish();
    const { text } = await running;
    expect(text).toContain('"settled":false');
    const before = (await documents.query({ collection: ENTRIES })).filter(({ data }) => data.kind === 'charge');
    empty();
    const back = async () => (await ready()).status === 200 && (await ask('Hello')).status === 200;
    expect(await until(back)).toBeLessThan(NOTICED_MS);
    await until(async () => (await countRunning(documents)) === 0);
    const after = (await documents.query({ collection: ENTRIES })).filter(({ data }) => data.kind === 'charge');
    expect([before.length, after.length]).toEqual([1, 3]);
    expect((await checkLedger(documents)).faults).toEqual([]);
    expect(mesh.child.exitCode).toBeNull();
    await documents.close();
  }, 120_000);
});
