import { expect, test } from '@jest/globals';
import { json, stall, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { startMesh } from '../support/start-mesh.ts';

const completion = {
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 2, completion_tokens: 2 },
};

test('what a running request has reserved is the same in the balance, the key, its limits and an error', async () => {
  let silent = false;
  const upstream = await startScriptedUpstream(() => (silent ? [stall] : json(completion)));
  const mesh = await startMesh({
    env: { ACME_API_KEY: 'sk-acme' },
    catalogue: {
      providers: {
        acme: { format: 'chat', base_url: `${upstream.url}/v1`, auth: { type: 'bearer', secret: 'acme-api-key' } },
      },
      models: {
        'acme/large': {
          context_length: 100_000,
          max_output_tokens: 1_000,
          endpoints: [{ provider: 'acme', model: 'm', price: { input: '1', output: '1000' } }],
        },
      },
    },
  });
  const account = await mesh.makeOwner({ amount: '1', key: { spend_cap_usd: '5', spend_cap_window: 'daily' } });
  const read = async (path: string) => (await mesh.call('GET', path, { key: account.key })).body;
  const body = { model: 'acme/large', max_tokens: 600, messages: [{ role: 'user', content: 'Hello' }] };
  const ask = () => mesh.call('POST', '/v1/chat/completions', { key: account.key, body });

  // A first one, so that the lease has something idle beside what is held.
  expect((await ask()).status).toBe(200);
  silent = true;
  const leaving = new AbortController();
  const left = fetch(`${mesh.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${account.key}` },
    body: JSON.stringify(body),
    signal: leaving.signal,
  });
  await upstream.until(({ requests }) => requests.length > 1);
  const refused = (await ask()).body.error;
  const balance = await read('/v1/balance');
  const { data: key } = await read('/v1/key');
  const { spending } = await read('/v1/usage/rate-limits');
  expect(Number(balance.reserved_usd)).toBeGreaterThan(0.6);
  expect(refused).toMatchObject({ code: 'spend_limit_exceeded', details: { reserved: balance.reserved_usd } });
  expect(key.reserved).toBe(Number(balance.reserved_usd));
  for (const { daily } of [spending.key, spending.owner]) {
    expect(daily).toMatchObject({ reserved: balance.reserved_usd });
    expect(Number(daily.spent)).toBeCloseTo(key.usage_daily, 9);
  }
  expect(key.limit_remaining).toBeCloseTo(5 - key.usage_daily - key.reserved, 9);
  expect(Number(spending.key.daily.remaining)).toBeCloseTo(key.limit_remaining, 9);

  leaving.abort();
  await expect(left).rejects.toThrow();
  await mesh.close();
  await upstream.close();
});
