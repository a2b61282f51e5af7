import { randomUUID } from 'node:crypto';
import type { Documents, Fields, Write } from '../../functions/core/store/documents.ts';
import { connectEmulator } from '../support/connect-emulator.ts';
import { connectOfficial } from '../support/official-firestore.ts';

/**
 * What Firestore costs this process, `npm run bench:transport`: CPU time of a commit, a transaction and a read by Google's own
 * client and by ours, one at a time and 16 at once, in turn, on the emulator.
 */
const OPERATIONS = 2_000;
const WARM = 300;
const ROUNDS = 3;
const AT_ONCE = [1, 16];
const PROJECT = 'demo-mesh-bench';

/** As long as an entry of the ledger is. */
const entry: Fields = {
  request_id: 'req_01J00000000000000000000000',
  owner_id: 'own_01J00000000000000000000000',
  key_id: 'key_01J00000000000000000000000',
  kind: 'charge',
  amount: -1_234_567_890n,
  currency: 'USD',
  at: new Date(1_764_000_000_000),
  facts: {
    model: 'openai/gpt-5-mini',
    provider: 'openai',
    outcome: 'finished',
    input_tokens: 100n,
    output_tokens: 50n,
  },
  fx: { rate: 88_000_000n, as_of: '2026-11-20', source: 'bench' },
  posts: [1n, 2n, 3n],
};

interface Work {
  name: string;
  /** `worker`: each has documents of its own, so that nobody waits for a lock. */
  act(documents: Documents, collection: string, worker: number, n: number): Promise<unknown>;
}

const set = (collection: string, id: string, expect: 'any' | 'absent'): Write => ({
  kind: 'set',
  collection,
  id,
  data: entry,
  expect,
});

const works: Work[] = [
  {
    name: 'commit of two documents',
    act: (documents, collection, worker, n) =>
      documents.commit([set(collection, `lease ${worker}`, 'any'), set(collection, `entry ${worker} ${n}`, 'absent')]),
  },
  {
    name: 'transaction: three documents read, two written',
    act: (documents, collection, worker) =>
      documents.transaction(async (tx) => {
        await Promise.all([0, 1, 2].map((n) => tx.get(collection, `lease ${worker} ${n}`)));
        for (const n of [0, 1]) tx.write(set(collection, `lease ${worker} ${n}`, 'any'));
      }),
  },
  { name: 'read of one document', act: (documents, collection) => documents.get(collection, 'read') },
];

/** µs of CPU of this process an operation. */
async function measure(work: Work, documents: Documents, atOnce: number, operations: number): Promise<number> {
  const collection = `t${randomUUID().replaceAll('-', '')}`;
  await documents.commit([set(collection, 'read', 'any')]);
  let left = operations;
  const before = process.cpuUsage();
  await Promise.all(
    Array.from({ length: atOnce }, async (_, worker) => {
      while (left-- > 0) await work.act(documents, collection, worker, left);
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return (user + system) / operations;
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

if (!process.env.FIRESTORE_EMULATOR_HOST) {
  console.log('Not measured: there is no Firestore emulator.');
} else {
  const transports = { official: connectOfficial(PROJECT), ours: connectEmulator(PROJECT) };
  for (const work of works) {
    for (const atOnce of AT_ONCE) {
      const figures = { official: [] as number[], ours: [] as number[] };
      const names = Object.keys(transports) as (keyof typeof transports)[];
      for (const name of names) await measure(work, transports[name], atOnce, WARM);
      for (let round = 0; round < ROUNDS; round++) {
        for (const name of names) figures[name].push(await measure(work, transports[name], atOnce, OPERATIONS));
      }
      const told = names.map((name) => {
        const all = figures[name].map(Math.round);
        return `${name} ${median(all)} µs (${all.join(', ')})`;
      });
      console.log(`${work.name}, ${atOnce} at once: ${told.join('; ')}`);
    }
  }
  await Promise.all(Object.values(transports).map((documents) => documents.close()));
}
