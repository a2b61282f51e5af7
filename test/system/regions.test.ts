import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { isStreamed, works } from '../support/answers.ts';
import { json, type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type CallReply, type Mesh, startMesh } from '../support/start-mesh.ts';

/** From the nearest to Mumbai to the farthest. */
const REGIONS = ['asia-south1', 'asia-southeast1', 'europe-west4', 'us-central1'] as const;
type Region = (typeof REGIONS)[number];
const HOME: Region = 'asia-south1';
/** In the catalogue they stand in another order, so that it is no accident. */
const IN_CATALOGUE: Region[] = ['us-central1', 'europe-west4', 'asia-southeast1', 'asia-south1'];
/** How much later a slow region begins its answer: more than any distance makes likely. Milliseconds. */
const SLOW_MS = 800;

let mesh: Mesh;
let upstream: ScriptedUpstream;
let account: Account;
let down: Set<string>;
let slow: Set<string>;

/** Where a request arrived: `asia-south1`, or `nowhere` for the endpoints that are in no region. */
const placeOf = ({ path }: { path: string }) => path.split('/')[1] ?? '';

beforeAll(async () => {
  upstream = await startScriptedUpstream((request) => {
    if (down.has(placeOf(request))) return json({ error: { message: 'down' } }, 503);
    const answer = works(request);
    return slow.has(placeOf(request)) ? [{ do: 'wait', milliseconds: SLOW_MS }, ...answer] : answer;
  });
  const auth = { type: 'none' };
  const price = { input: '3', output: '15' };
  const model = (...endpoints: object[]) => ({
    context_length: 100_000,
    max_output_tokens: 50,
    endpoints: endpoints.map((endpoint) => ({ model: 'm', price, ...endpoint })),
  });
  mesh = await startMesh({
    region: HOME,
    catalogue: {
      providers: {
        regional: {
          format: 'chat',
          base_url: `${upstream.url}/{region}/v1`,
          auth,
          regions: IN_CATALOGUE,
          expected: { first_token_ms: 100, tokens_per_second: 5_000 },
        },
        placeless: { format: 'chat', base_url: `${upstream.url}/nowhere/v1`, auth },
      },
      models: {
        'acme/m': model({ provider: 'regional' }),
        // In no region, or only where the limits of the tests don't reach.
        'acme/placeless': model({ provider: 'placeless' }),
        'acme/american': model({ provider: 'regional', model: 'us', regions: ['us-central1'] }),
      },
    },
  });
});

afterAll(async () => {
  await mesh.close();
  await upstream.close();
});

beforeEach(async () => {
  down = new Set();
  slow = new Set();
  account = await mesh.makeOwner();
  for (const region of REGIONS) {
    await mesh.call('POST', `/v1/breakers/regional/m@${region}/reset`, { key: mesh.adminKey });
  }
  await mesh.call('POST', '/v1/breakers/placeless/m/reset', { key: mesh.adminKey });
});

const messages = [{ role: 'user', content: 'Say hello, please.' }];
const ask = (more: object = {}, { key }: { key: string } = account): Promise<CallReply> =>
  mesh.call('POST', '/v1/chat/completions', { key, body: { model: 'acme/m', stream: true, messages, ...more } });

/** Where a request was sent, in order. */
async function placesAsked(act: () => Promise<unknown>): Promise<string[]> {
  const before = upstream.requests.length;
  await act();
  return upstream.requests.slice(before).map(placeOf);
}

test('what the tests take for a stream is one', async () => {
  await ask();
  expect(isStreamed(upstream.requests.at(-1) ?? { body: '{}' })).toBe(true);
});

describe('choosing', () => {
  test('begins with the nearest region, and goes on by distance', async () => {
    down = new Set(REGIONS);
    expect(await placesAsked(() => ask())).toEqual([...REGIONS]);
  });

  test('finds the next region when one fails, and its client sees nothing of it', async () => {
    down = new Set([HOME]);
    let reply: CallReply | undefined;
    const asked = await placesAsked(async () => {
      reply = await ask();
    });
    expect(asked).toEqual([HOME, 'asia-southeast1']);
    expect(reply?.status).toBe(200);
    expect(reply?.text).toMatch(/\[DONE\]\n\n$/);
  });

  test('leaves a region alone whose breaker is open, and only that one', async () => {
    down = new Set([HOME]);
    for (let n = 0; n < 5; n++) await ask({ provider: { order: [`regional/${HOME}`] } });
    expect(await placesAsked(() => ask())).toEqual(['asia-southeast1']);
    const { endpoints } = (await mesh.call('GET', '/v1/health/endpoints', { key: account.key })).body;
    const open = endpoints.filter(({ available }: { available: boolean }) => !available);
    expect(open.map(({ endpoint }: { endpoint: string }) => endpoint)).toEqual([`regional/m@${HOME}`]);
  });

  test('goes by measured latency where it is known, whatever the distance', async () => {
    const measure = (region: Region) => ask({ provider: { order: [`regional/${region}`] } });
    for (const region of REGIONS) await measure(region);
    expect(await placesAsked(() => ask())).toEqual([HOME]);
    slow = new Set([HOME]);
    for (let n = 0; n < 8; n++) await measure(HOME);
    // The farther ones answer from this very machine, so the nearest of those that are equally fast is next.
    expect(await placesAsked(() => ask())).toEqual(['asia-southeast1']);
  }, 20_000);
});

describe('allowed regions', () => {
  const EUROPE: Region[] = ['europe-west4'];
  const limitOwner = (regions: string[] | null) =>
    mesh.call('PATCH', `/v1/owners/${account.ownerId}`, { key: mesh.adminKey, body: { allowed_regions: regions } });
  const keyIn = async (regions: string[] | null) => {
    const body = { owner_id: account.ownerId, allowed_regions: regions };
    return (await mesh.call('POST', '/v1/keys', { key: mesh.adminKey, body })).body as { key: string };
  };

  /** Who is limited: the key, its owner, or each to more than both together. */
  const limits: [string, () => Promise<{ key: string }>][] = [
    ['of the key', () => keyIn(EUROPE)],
    [
      'of the owner',
      async () => {
        await limitOwner(EUROPE);
        return account;
      },
    ],
    [
      'of both, where they overlap',
      async () => {
        await limitOwner(['europe-west4', 'us-central1']);
        return keyIn(['asia-south1', 'europe-west4']);
      },
    ],
  ];

  describe.each(limits)('%s', (_name, limit) => {
    let limited: { key: string };
    beforeEach(async () => {
      limited = await limit();
    });

    test('are kept to, though others are nearer', async () => {
      expect(await placesAsked(() => ask({}, limited))).toEqual(EUROPE);
    });

    test('hold when all that is allowed is down: an error, and nobody else is asked', async () => {
      down = new Set(EUROPE);
      const more = { models: ['acme/american', 'acme/placeless'], provider: { order: ['regional/us-central1'] } };
      let reply: CallReply | undefined;
      const asked = await placesAsked(async () => {
        reply = await ask(more, limited);
      });
      expect([reply?.status, reply?.body.error.code]).toEqual([502, 'upstream_error']);
      expect(asked).toEqual(EUROPE);
    });

    test('hold when a breaker is open as well', async () => {
      down = new Set(EUROPE);
      for (let n = 0; n < 6; n++) await ask({}, limited);
      const asked = await placesAsked(() => ask({ models: ['acme/placeless'] }, limited));
      expect(new Set(asked)).toEqual(new Set(EUROPE));
    });

    test.each(['acme/american', 'acme/placeless'])(
      'leave nothing of %s, which is elsewhere or nowhere',
      async (model) => {
        let reply: CallReply | undefined;
        expect(
          await placesAsked(async () => {
            reply = await ask({ model }, limited);
          }),
        ).toEqual([]);
        expect([reply?.status, reply?.body.error.code]).toEqual([400, 'invalid_request_error']);
        expect(reply?.body.error.details).toEqual({ excluded: ['region'] });
      },
    );

    test('hold for `model: auto` and its fallbacks', async () => {
      expect(await placesAsked(() => ask({ model: 'auto' }, limited))).toEqual(EUROPE);
      down = new Set(EUROPE);
      expect(await placesAsked(() => ask({ model: 'auto' }, limited))).toEqual(EUROPE);
      const selected = await mesh.call('POST', '/v1/router/select', { key: limited.key, body: { messages } });
      expect(selected.body.model).toBe('acme/m');
    });

    test('hold for each part of a comparison', async () => {
      const body = { models: ['acme/m', 'acme/american', 'acme/placeless'], messages };
      let reply: CallReply | undefined;
      const asked = await placesAsked(async () => {
        reply = await mesh.call('POST', '/v1/chat/compare', { key: limited.key, body });
      });
      expect(reply?.status).toBe(200);
      expect(asked).toEqual(EUROPE);
    });

    test('are what its health shows', async () => {
      const { endpoints } = (await mesh.call('GET', '/v1/health/endpoints', { key: limited.key })).body;
      expect(endpoints.map(({ region }: { region: string }) => region)).toEqual(EUROPE);
    });
  });

  test('that key and owner have none of in common leave nothing', async () => {
    await limitOwner(['us-central1']);
    const limited = await keyIn(EUROPE);
    expect(await placesAsked(() => ask({}, limited))).toEqual([]);
    expect((await ask({}, limited)).status).toBe(400);
  });

  test('that are changed hold from then on, and those that are taken away no more', async () => {
    expect(await placesAsked(() => ask())).not.toEqual(EUROPE);
    await limitOwner(EUROPE);
    expect(await placesAsked(() => ask())).toEqual(EUROPE);
    await limitOwner(null);
    expect(await placesAsked(() => ask())).not.toEqual(EUROPE);
  });
});
