import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { json, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Mesh, startMesh } from '../support/start-mesh.ts';

const CLIENTS = 500;
const INSTANCES = 4;
const AFFORDABLE = 50;
/** A client that is told that there is no money asks again so often. */
const TRIES = 8;

test('five hundred requests over four instances on a balance for fifty', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mesh-crowd-'));
  const usage = { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 };
  const message = { role: 'assistant', content: 'Fine.' };
  const answer = { id: 'x', object: 'chat.completion', choices: [{ index: 0, message, finish_reason: 'stop' }], usage };
  const upstream = await startScriptedUpstream(() => [{ do: 'wait', milliseconds: 20 }, ...json(answer)]);
  const endpoint = { provider: 'acme', model: 'm', price: { input: '1', output: '1000' } };
  const catalogue = {
    providers: { acme: { format: 'chat', base_url: upstream.url, auth: { type: 'none' } } },
    models: { 'acme/m': { context_length: 8_000, max_output_tokens: 100, endpoints: [endpoint] } },
  };
  const meshes: Mesh[] = [];
  for (let n = 0; n < INSTANCES; n++) {
    const documents = await openSqliteDocuments(join(folder, 'mesh.db'));
    meshes.push(await startMesh({ catalogue, documents }));
  }
  const [first] = meshes as [Mesh, ...Mesh[]];
  // Each answer costs 10 + 10 tokens: 0.01001 dollars. Nothing is left over for a fifty-first.
  const { key, balance } = await first.makeOwner({ amount: '0.5005', key: { rpm_limit: null, rpd_limit: null } });
  const body = { model: 'acme/m', max_tokens: 10, messages: [{ role: 'user', content: 'How are you?' }] };

  const costs: string[] = [];
  const refusals = new Set<string>();
  const client = async (n: number) => {
    for (let tries = 0; tries < TRIES && costs.length < AFFORDABLE; tries++) {
      const mesh = meshes[(n + tries) % INSTANCES] as Mesh;
      const reply = await mesh.call('POST', '/v1/chat/completions', { key, body });
      if (reply.status === 200) {
        costs.push(reply.body.cost);
        return;
      }
      refusals.add(`${reply.status} ${reply.body.error.code}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, n) => client(n)));

  expect([...refusals]).toEqual(['402 spend_limit_exceeded']);
  expect(costs.length).toBeLessThanOrEqual(AFFORDABLE);
  expect(costs.length).toBeGreaterThanOrEqual(AFFORDABLE * 0.9);
  expect(new Set(costs)).toEqual(new Set(['0.01001']));
  const spent = 1_001n * BigInt(costs.length);
  const left = Number(50_050n - spent) / 100_000;
  expect(Number((await balance()).balance_usd)).toBeCloseTo(left, 9);
  // Closing looks whether the books add up.
  for (const mesh of meshes) await mesh.close();
  await upstream.close();
  await rm(folder, { recursive: true });
}, 120_000);
