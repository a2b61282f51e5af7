import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { FIRST_OPEN_MS, OPEN_JITTER, PROBE_LEASE_MS, PROBES_TO_CLOSE } from '../../functions/core/health/breaker.ts';
import { FAILURES_IN_A_ROW } from '../../functions/core/health/outcome-window.ts';
import { KEY_BYTES, makeKey } from '../../functions/core/keys.ts';
import { PATIENCE } from '../../functions/router/way/try-in-order.ts';
import { chatFrames, works } from '../support/answers.ts';
import { describeEmulated } from '../support/describe-emulated.ts';
import { type ClientReply, connectMesh, type MeshClient } from '../support/mesh-client.ts';
import { type MeshProcess, spawnMesh } from '../support/mesh-process.ts';
import { json, type ScriptedUpstream, type Step, startScriptedUpstream, stream } from '../support/scripted-upstream.ts';

const INSTANCES = 3;
/** How soon a change on one instance has to be honoured by the others. */
const HEARD_MS = 1_000;
/** How long two instances that want the same probe may need to agree: the emulator sorts out transactions that meet in seconds. */
const AGREED_MS = 5_000;
/** How often it is looked or asked while something is waited for, and how long at most. */
const LOOK_MS = 25;
const ASK_MS = 250;
const LONGEST_WAIT_MS = 20_000;
/** Requests sent to each instance to see where they go. */
const CROWD = 10;
const ENDPOINT = 'shaky/m';

/** Each has a caller of its own, so that nothing but the breaker is shared. */
interface Instance extends MeshProcess {
  client: MeshClient;
  key: string;
}

// Where two transactions meet the emulator lets both wait for its lock timeout, two seconds, whatever our own limits are.
jest.retryTimes(2);

describeEmulated('breakers of three instances on one store', () => {
  const adminKey = makeKey('mak', randomBytes(KEY_BYTES));
  let folder: string;
  let env: Record<string, string>;
  let instances: Instance[];
  let shaky: ScriptedUpstream;
  let steady: ScriptedUpstream;
  /** What the shaky endpoint does, and until when it keeps those waiting that it holds. */
  let mood: 'down' | 'works' | 'holds';
  let letGo: () => void;
  let held: Promise<void>;
  /** Requests at work at the shaky endpoint, now and at most. */
  let active = 0;
  let mostActive = 0;

  function* shakyScript(): Generator<Step> {
    if (mood === 'down') {
      yield* json({}, 503);
      return;
    }
    active++;
    mostActive = Math.max(mostActive, active);
    if (mood === 'holds') yield { do: 'until', promise: held };
    yield* stream(chatFrames);
    active--;
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mesh-breakers-'));
    shaky = await startScriptedUpstream(shakyScript);
    steady = await startScriptedUpstream(works);
    const provider = (base_url: string) => ({ format: 'chat', base_url, auth: { type: 'none' } });
    const endpoint = (name: string) => ({ provider: name, model: 'm', price: { input: '3', output: '15' } });
    const catalogue = {
      providers: { shaky: provider(shaky.url), steady: provider(steady.url) },
      models: {
        'acme/m': {
          context_length: 8_000,
          max_output_tokens: 100,
          endpoints: [endpoint('shaky'), endpoint('steady')],
        },
      },
    };
    await writeFile(join(folder, 'catalogue.json'), JSON.stringify(catalogue));
    env = { MESH_STORE: 'firestore', MESH_CATALOGUE: join(folder, 'catalogue.json'), MESH_ADMIN_KEY: adminKey };
    instances = await Promise.all(Array.from({ length: INSTANCES }, start));
  }, 90_000);

  afterAll(async () => {
    await Promise.all(instances?.map(({ child, kill }) => (child.exitCode === null ? kill('SIGTERM') : null)) ?? []);
    await shaky?.close();
    await steady?.close();
    await rm(folder, { recursive: true, force: true });
  }, 30_000);

  beforeEach(async () => {
    mood = 'works';
    held = new Promise((resolve) => {
      letGo = resolve;
    });
    await reset(instance(0));
    for (const each of instances) await untilState(each, ['closed']);
    active = 0;
    mostActive = 0;
  }, 30_000);

  async function start(): Promise<Instance> {
    const process = await spawnMesh(env);
    const client = connectMesh(process.url, adminKey);
    return { ...process, client, key: (await client.openAccount()).key };
  }

  function instance(at: number): Instance {
    return instances[at] as Instance;
  }

  const ask = ({ client, key }: Instance): Promise<ClientReply> =>
    client.call('POST', '/v1/chat/completions', key, {
      model: 'acme/m',
      stream: true,
      messages: [{ role: 'user', content: 'Hello' }],
      provider: { order: ['shaky', 'steady'] },
    });

  const reset = ({ client }: Instance) => client.json('POST', `/v1/breakers/${ENDPOINT}/reset`, adminKey);

  async function standingAt({ client }: Instance): Promise<{ state: string; until: string | null }> {
    const { endpoints } = await client.json('GET', '/v1/health/endpoints', adminKey);
    return endpoints.find(({ endpoint }: { endpoint: string }) => endpoint === ENDPOINT).breaker;
  }

  /** Milliseconds until an instance says that the breaker is in one of these states. */
  async function untilState(at: Instance, states: readonly string[]): Promise<number> {
    const startedAt = performance.now();
    for (;;) {
      const { state } = await standingAt(at);
      const waitedMs = performance.now() - startedAt;
      if (states.includes(state)) return waitedMs;
      if (waitedMs > LONGEST_WAIT_MS) throw new Error(`The breaker is ${state}.`);
      await pause(LOOK_MS);
    }
  }

  /** As many failures as open it, all met by one instance. */
  async function openAt(at: Instance): Promise<void> {
    mood = 'down';
    for (let n = 0; n < FAILURES_IN_A_ROW; n++) expect((await ask(at)).status).toBe(200);
  }

  /** Asks all of these again and again, as their callers do, until the condition holds. Milliseconds that it took. */
  async function askUntil(some: readonly Instance[], holds: () => boolean): Promise<number> {
    const startedAt = performance.now();
    while (!holds()) {
      if (performance.now() - startedAt > LONGEST_WAIT_MS) throw new Error('It did not come to that.');
      // Whoever is the probe may be kept waiting, so nobody waits for it.
      for (const each of some) void ask(each).catch(() => {});
      await pause(ASK_MS);
    }
    return performance.now() - startedAt;
  }

  const crowd = (some: readonly Instance[]) =>
    Promise.all(some.flatMap((each) => Array.from({ length: CROWD }, () => ask(each))));

  test('what one of them opens, the others honour within a second', async () => {
    await openAt(instance(0));
    const heard = await Promise.all(instances.map((each) => untilState(each, ['open'])));
    process.stdout.write(`opened on one, heard by all after ${heard.map((ms) => ms.toFixed(0)).join(', ')} ms\n`);
    expect(Math.max(...heard)).toBeLessThan(HEARD_MS);
    const asked = shaky.requests.length;
    const replies = await crowd(instances);
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
    expect(replies.every(({ headers }) => headers.get('x-mesh-routing-provider') === 'steady')).toBe(true);
    expect(shaky.requests).toHaveLength(asked);
  }, 30_000);

  test('one probe at a time is on its way, however many ask and however long it takes', async () => {
    await openAt(instance(0));
    for (const each of instances) await untilState(each, ['open']);
    mood = 'holds';
    const asked = shaky.requests.length;
    const dueMs = await askUntil(instances, () => shaky.requests.length > asked);
    expect(dueMs).toBeGreaterThan(FIRST_OPEN_MS * (1 - OPEN_JITTER) - HEARD_MS);
    // Almost until it would be given up.
    const heldUntil = performance.now() + PATIENCE.known.leastMs * 0.8;
    await askUntil(instances, () => performance.now() > heldUntil);
    expect(shaky.requests).toHaveLength(asked + 1);

    mood = 'works';
    letGo();
    await askUntil(instances, () => shaky.requests.length >= asked + PROBES_TO_CLOSE);
    // Until it closed there was never more than one; from then on everybody may come.
    expect(mostActive).toBe(1);
    // Where two wanted the same probe, the store may have given it to one that no longer waited; then it takes another.
    const lastAt = performance.now();
    while ((await standingAt(instance(0))).state !== 'closed') {
      if (performance.now() - lastAt > AGREED_MS) throw new Error('It does not close.');
      await ask(instance(0));
    }
    const closed = await Promise.all(instances.map((each) => untilState(each, ['closed'])));
    expect(Math.max(...closed)).toBeLessThan(HEARD_MS);
    const replies = await crowd(instances);
    expect(replies.every(({ headers }) => headers.get('x-mesh-routing-provider') === 'shaky')).toBe(true);
  }, 60_000);

  test('an instance that is killed with the probe in its hands frees it for another', async () => {
    const [prober, ...others] = instances as [Instance, ...Instance[]];
    await openAt(prober);
    for (const each of instances) await untilState(each, ['open']);
    mood = 'holds';
    const asked = shaky.requests.length;
    await askUntil([prober], () => shaky.requests.length > asked);
    await prober.kill('SIGKILL');
    const killedAt = performance.now();
    try {
      await askUntil(others, () => shaky.requests.length > asked + 1);
      const freeMs = performance.now() - killedAt;
      process.stdout.write(`killed with the probe, another had it after ${freeMs.toFixed(0)} ms\n`);
      expect(freeMs).toBeLessThan(PROBE_LEASE_MS + AGREED_MS);
      // And of the two that are left, one has it.
      const lookedAt = performance.now() + HEARD_MS;
      await askUntil(others, () => performance.now() > lookedAt);
      expect(shaky.requests).toHaveLength(asked + 2);
    } finally {
      letGo();
      instances[0] = await start();
    }
  }, 60_000);

  test('an operator’s reset on one of them reaches all', async () => {
    await openAt(instance(1));
    for (const each of instances) await untilState(each, ['open']);
    mood = 'works';
    await reset(instance(2));
    const heard = await Promise.all(instances.map((each) => untilState(each, ['closed'])));
    process.stdout.write(`reset on one, heard by all after ${heard.map((ms) => ms.toFixed(0)).join(', ')} ms\n`);
    expect(Math.max(...heard)).toBeLessThan(HEARD_MS);
    const asked = shaky.requests.length;
    for (const each of instances) expect((await ask(each)).headers.get('x-mesh-routing-provider')).toBe('shaky');
    expect(shaky.requests).toHaveLength(asked + INSTANCES);
  }, 30_000);
});
