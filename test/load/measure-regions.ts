import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { connectFirestore } from '../../functions/platform/documents/firestore-documents.ts';
import { chatFrames } from '../support/answers.ts';
import { startScriptedUpstream, stream } from '../support/scripted-upstream.ts';
import { type Mesh, startMesh } from '../support/start-mesh.ts';
import { startDelayingProxy } from './rig/delaying-proxy.ts';

/**
 * What a region pays for a store that is in another one, `npm run measure:regions`: a router on the Firestore emulator, which is
 * put so many milliseconds away, asked by keys that it has never seen, that it knows, and that have a lease there. The provider
 * answers at once, so all of it is Mesh's own. Writes `results/regions.md`.
 */
const ROUND_TRIPS_MS = [0, 30, 60, 100, 150];
const KEYS = 9;
/** The requests of one key, one after another: the first takes its lease along, the second brings one that stays. */
const REQUESTS = 10;
/** Which of them, from 0, is what. */
const KINDS = ['a key that was never seen here', 'a quiet key', 'a busy key'] as const;
const AT: readonly number[] = [0, 1, REQUESTS - 1];

/** Milliseconds from sending. */
interface Took {
  firstToken: number;
  end: number;
}

const emulatorHost = process.env.FIRESTORE_EMULATOR_HOST;
if (emulatorHost === undefined) throw new Error('There is no Firestore emulator.');

const upstream = await startScriptedUpstream(() => stream(chatFrames));
const catalogue = {
  providers: { acme: { format: 'chat', base_url: `${upstream.url}/v1`, auth: { type: 'none' } } },
  models: {
    'acme/m': {
      context_length: 8_000,
      max_output_tokens: 100,
      endpoints: [{ provider: 'acme', model: 'm', price: { input: '1', output: '1' } }],
    },
  },
};

async function ask(mesh: Mesh, key: string): Promise<Took> {
  const startedAt = performance.now();
  const reply = await fetch(`${mesh.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({
      model: 'acme/m',
      stream: true,
      max_tokens: 10,
      messages: [{ role: 'user', content: 'Hi.' }],
    }),
  });
  let firstToken = Number.NaN;
  for await (const chunk of reply.body ?? []) {
    if (Number.isNaN(firstToken) && Buffer.from(chunk).includes('"content":"'))
      firstToken = performance.now() - startedAt;
  }
  if (reply.status !== 200) throw new Error(`status ${reply.status}`);
  return { firstToken, end: performance.now() - startedAt };
}

async function measure(roundTripMs: number): Promise<Took[]> {
  const projectId = `demo-${randomUUID().slice(0, 8)}`;
  const distance = await startDelayingProxy(emulatorHost ?? '', roundTripMs);
  const near = await startMesh({
    catalogue,
    documents: connectFirestore({ projectId, emulatorHost: emulatorHost ?? null }),
  });
  const far = await startMesh({ catalogue, documents: connectFirestore({ projectId, emulatorHost: distance.host }) });
  const took: Took[][] = KINDS.map(() => []);
  // The first of all keys warms what every instance does once.
  for (let n = -1; n < KEYS; n++) {
    const { key } = await near.makeOwner();
    for (let at = 0; at < REQUESTS; at++) {
      const one = await ask(far, key);
      if (n >= 0) took[AT.indexOf(at)]?.push(one);
    }
  }
  await far.close();
  await near.close();
  await distance.close();
  const median = (of: number[]) => [...of].sort((one, other) => one - other)[Math.floor(of.length / 2)] ?? Number.NaN;
  return took.map((all) => ({
    firstToken: median(all.map(({ firstToken }) => firstToken)),
    end: median(all.map(({ end }) => end)),
  }));
}

const rows: Took[][] = [];
for (const roundTripMs of ROUND_TRIPS_MS) {
  rows.push(await measure(roundTripMs));
  console.log(`${roundTripMs} ms: ${JSON.stringify(rows.at(-1))}`);
}
await upstream.close();

const [here = []] = rows;
const farthest = rows.at(-1) ?? [];
const longest = ROUND_TRIPS_MS.at(-1) ?? Number.NaN;
const cells = (of: Took[]) => of.map(({ firstToken, end }) => `${Math.round(firstToken)}, ${Math.round(end)}`);
const trips = (name: keyof Took) =>
  KINDS.map((_kind, at) => (((farthest[at]?.[name] ?? 0) - (here[at]?.[name] ?? 0)) / longest).toFixed(1));
const table = [
  `| round trip to the store | ${KINDS.join(' | ')} |`,
  '|---|---:|---:|---:|',
  ...rows.map((row, at) => `| ${ROUND_TRIPS_MS[at]} ms | ${cells(row).join(' | ')} |`),
  `| round trips, to the first token | ${trips('firstToken').join(' | ')} |`,
  `| round trips, to the end | ${trips('end').join(' | ')} |`,
];
const page = `# What a store in another region costs

\`npm run measure:regions\`, ${new Date().toISOString().slice(0, 10)}: a stream's time to its first token and to its end, milliseconds, median of
${KEYS} keys, on the Firestore emulator behind an injected delay. The provider answers at once.

${table.join('\n')}
`;
console.log(`\n${page}`);
await writeFile(fileURLToPath(new URL('results/regions.md', import.meta.url)), page);
process.exit();
