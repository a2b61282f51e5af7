import { once } from 'node:events';
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { LockstepAsk } from './lockstep-stream.ts';
import { startMesh } from './start-mesh.ts';

/**
 * Bytes that a router puts on its heap for each chunk of a stream, on standard output as JSON by model. A process of its own:
 *
 *     node --expose-gc --no-opt --no-maglev --min-semi-space-size=128 --max-semi-space-size=128 count-allocations.ts
 *
 * The nursery is so large that nothing is collected while it is measured, and nothing is optimized: then what is counted is what
 * the code asks for, on every machine. Of two lengths of stream the difference counts, so that what a request takes does not.
 */
const SHORT = 100;
const LONG = 1_100;
const ROUNDS = 5;
/** Until what a request leaves to be done after its answer is done. */
const AFTER_MS = 150;

const { gc } = globalThis as { gc?: () => void };
if (gc === undefined) throw new Error('This needs --expose-gc.');

let collections = 0;
new PerformanceObserver((list) => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ['gc'] });

const other = new Worker(new URL('lockstep-stream.ts', import.meta.url));
const [port] = await once(other, 'message');
const formats = ['chat', 'messages'] as const;
const base_url = `http://127.0.0.1:${port}/v1`;
const price = { input: '1', output: '1' };
const mesh = await startMesh({
  catalogue: {
    providers: Object.fromEntries(formats.map((format) => [format, { format, base_url, auth: { type: 'none' } }])),
    models: Object.fromEntries(
      formats.map((format) => [
        `acme/${format}`,
        { context_length: 100_000, max_output_tokens: 50_000, endpoints: [{ provider: format, model: 'm', price }] },
      ]),
    ),
  },
});
const { key } = await mesh.makeOwner({ amount: '1000' });

/** Bytes of one stream of so many pieces; null where something was collected meanwhile. */
async function allocated(model: string, pieces: number): Promise<number | null> {
  gc?.();
  await pause(AFTER_MS);
  collections = 0;
  const before = getHeapStatistics().used_heap_size;
  other.postMessage({ url: mesh.url, key, model, pieces } satisfies LockstepAsk);
  const [said] = await once(other, 'message');
  const bytes = getHeapStatistics().used_heap_size - before;
  if (said !== `200 ${pieces} whole`) throw new Error(`The stream came as: ${said}`);
  await pause(0);
  return collections === 0 ? bytes : null;
}

async function perChunk(model: string): Promise<number> {
  await allocated(model, SHORT);
  const found: number[] = [];
  for (let round = 0; round < 2 * ROUNDS && found.length < ROUNDS; round++) {
    const short = await allocated(model, SHORT);
    const long = await allocated(model, LONG);
    if (short !== null && long !== null) found.push((long - short) / (LONG - SHORT));
  }
  if (found.length < ROUNDS) throw new Error('The heap was collected in the middle of too many rounds.');
  if (process.env.MESH_SHOW_ROUNDS) console.error(model, found.map(Math.round).join(' '));
  return Math.round(found.sort((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN);
}

const figures: Record<string, number> = {};
for (const format of formats) figures[format] = await perChunk(`acme/${format}`);
await mesh.close();
await other.terminate();
console.log(JSON.stringify(figures));
