import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** What Firestore bills for one request, on average, its consumer and the end of its lease included. */
const operations = z.object({ writes: z.number(), deletes: z.number(), reads: z.number() });
export type RequestOperations = z.infer<typeof operations>;

/** How keys may be used, as it was counted: of each, what one request takes. */
export const traffics = ['quiet', 'quiet_stream', 'long_stream', 'busy', 'hot'] as const;
export type Traffic = (typeof traffics)[number];

const schema = z.strictObject({
  /** `2026-11-28`, UTC. */
  counted: z.iso.date(),
  operations: z.record(z.enum(traffics), operations),
  /** What the documents of a request take that stay: its entry. Bytes of its fields' values, without indexes. */
  entry_bytes: z.number(),
  /** What a router exports each minute after it has served this many models. */
  series: z.strictObject({ models: z.number(), scalars: z.number(), distributions: z.number() }),
});

/** What `npm run costs` counted. */
export type OperationCounts = z.infer<typeof schema>;

export const COUNTS_FILE = new URL('operation-counts.json', import.meta.url);

/** Reads what was counted last. Throws where the file is not as `npm run costs` writes it. */
export const readCounts = (): OperationCounts => schema.parse(JSON.parse(readFileSync(COUNTS_FILE, 'utf8')));
