import { randomBytes } from 'node:crypto';
import { PubSub } from '@google-cloud/pubsub';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { type FunctionPorts, type Programs, type RunningFunctions, startFunctions } from '../../emulators/functions.ts';
import { KEY_BYTES, makeKey } from '../../functions/core/keys.ts';
import { checkLedger } from '../../functions/core/leases/check-ledger.ts';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import { addSums, noSums, ROLLUPS, toRollup } from '../../functions/core/ledger/rollups.ts';
import { documentId } from '../../functions/core/store/document-id.ts';
import type { Document, Documents } from '../../functions/core/store/documents.ts';
import { connectEmulator } from './connect-emulator.ts';
import { freePort } from './free-port.ts';
import { uncountedCharges } from './uncounted-charges.ts';

/** How long a charge may take to be counted: Pub/Sub's emulator is not fast. */
const COUNTED_MS = 30_000;

/** What a request does on Google's services, as their emulators stand in for them, started from sources or bundles. */
export function testWholeWay(programs: Programs, env: () => Record<string, string> = () => ({})): void {
  const adminKey = makeKey('mak', randomBytes(KEY_BYTES));
  let functions: RunningFunctions;
  let documents: Documents;
  let url: string;

  beforeAll(async () => {
    const [router, usage, fx] = await Promise.all([freePort(), freePort(), freePort()]);
    const ports: FunctionPorts = { router, usage, fx };
    url = `http://127.0.0.1:${router}`;
    documents = connectEmulator('demo-mesh');
    const own = { MESH_ADMIN_KEY: adminKey, MESH_DEMO: 'off', ...env() };
    functions = await startFunctions(ports, own, { quiet: true, programs });
  }, 90_000);

  afterAll(async () => {
    await functions?.stop();
    await documents?.close();
  }, 30_000);

  /** Asks as an SDK does: a 503 says that nothing was done, and when to come again. */
  async function admin(path: string, body: unknown) {
    for (let tries = 1; ; tries++) {
      const reply = await fetch(url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${adminKey}` },
        body: JSON.stringify(body),
      });
      if (reply.status === 201) return (await reply.json()) as { id: string; key: string };
      if (reply.status !== 503 || tries === 3) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
      await new Promise((resolve) => setTimeout(resolve, Number(reply.headers.get('retry-after')) * 1_000));
    }
  }

  async function until(
    find: () => Promise<Document | null>,
    holds: (document: Document) => boolean,
  ): Promise<Document> {
    const deadline = performance.now() + COUNTED_MS;
    for (;;) {
      const found = await find();
      if (found !== null && holds(found)) return found;
      if (performance.now() > deadline)
        throw new Error(
          `Not in time: ${JSON.stringify(found?.data, (_key, value) => (typeof value === 'bigint' ? String(value) : value))}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  test('HTTP, Firestore, Pub/Sub, usage and fx: each charge is entered, counted and converted once', async () => {
    const owner = await admin('/v1/owners', { name: 'Emulated', currency: 'INR' });
    await admin(`/v1/owners/${owner.id}/topups`, { amount: '100', currency: 'INR', reference: 'first' });
    const key = await admin('/v1/keys', { owner_id: owner.id });
    const openai = new OpenAI({ apiKey: key.key, baseURL: `${url}/v1`, maxRetries: 0 });
    const messages = [{ role: 'user' as const, content: 'Hello from the emulators' }];
    const whole = await openai.chat.completions.create({ model: 'mesh/echo', messages });
    let streamed = '';
    for await (const chunk of await openai.chat.completions.create({ model: 'mesh/echo', messages, stream: true })) {
      streamed += chunk.choices[0]?.delta.content ?? '';
    }
    expect([whole.choices[0]?.message.content, streamed]).toEqual([messages[0]?.content, messages[0]?.content]);

    const entry = await until(
      () => documents.get(ENTRIES, documentId(whole.id)),
      ({ data }) => data.usd !== undefined,
    );
    // 6 tokens in at $0.10 and 6 out at $0.40 per million, at 88 rupees per dollar.
    expect(entry.data).toMatchObject({
      kind: 'charge',
      currency: 'INR',
      amount: 264_000n,
      inr: 264_000n,
      usd: 3_000n,
      basis: 'exact',
    });
    const usageOf = async () => {
      const found = await documents.query({
        collection: ROLLUPS,
        where: [{ field: 'owner_id', op: '==', value: owner.id }],
      });
      const days = found.map(toRollup).filter(({ grain }) => grain === 'day');
      return days.reduce(addSums, noSums);
    };
    const untilCounted = async (requests: bigint) => {
      const deadline = performance.now() + COUNTED_MS;
      for (;;) {
        const usage = await usageOf();
        if (usage.requests >= requests) return usage;
        if (performance.now() > deadline) throw new Error(`Only ${usage.requests} were counted in time.`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    expect(await untilCounted(2n)).toMatchObject({
      requests: 2n,
      amount: 528_000n,
      input_tokens: 12n,
      output_tokens: 12n,
    });

    const balance = (await (
      await fetch(`${url}/v1/balance`, { headers: { authorization: `Bearer ${key.key}` } })
    ).json()) as Record<string, string>;
    expect(balance).toMatchObject({ balance_inr: '99.999472', reserved_usd: '0', currency: 'INR' });

    // The same message again, as Pub/Sub may deliver it, changes nothing.
    const pubsub = new PubSub({ projectId: 'demo-mesh' });
    for (let time = 0; time < 5; time++) await pubsub.topic('usage').publishMessage({ json: { request_id: whole.id } });
    const last = await openai.chat.completions.create({ model: 'mesh/echo', messages });
    await untilCounted(3n);
    await until(
      () => documents.get(ENTRIES, documentId(last.id)),
      ({ data }) => data.usd !== undefined,
    );
    await pubsub.close();
    expect(await usageOf()).toMatchObject({ requests: 3n, amount: 792_000n });
    expect(await uncountedCharges(documents)).not.toContain(whole.id);
    expect((await checkLedger(documents)).faults).toEqual([]);
  }, 90_000);
}
